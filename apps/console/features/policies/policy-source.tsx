'use client';

import { readPolicyText } from '@holdpoint/policy/edit';
import { useMemo } from 'react';
import { RawText } from '../../ui/json-view.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** A policy's text, complete; the rule that was asked for stands out, and is where the page opens. */
export function PolicySource({ source, ruleId }: { source: string; ruleId: string }) {
  const parts = useMemo(() => aroundRule(source, ruleId), [source, ruleId]);
  if (parts === undefined) {
    return (
      <>
        {ruleId !== '' && (
          <p className="mb-2">
            This version has no rule “<VisibleText text={ruleId} />
            ”.
          </p>
        )}
        <RawText text={source} />
      </>
    );
  }
  return (
    <>
      {parts.before !== '' && <RawText text={parts.before} />}
      <section
        ref={intoView}
        tabIndex={-1}
        aria-label={`Rule ${ruleId}`}
        className="-mx-2 scroll-mt-4 rounded-sm border-l-3 border-accent bg-accent-soft px-2 py-1"
      >
        <RawText text={parts.rule} />
      </section>
      {parts.after !== '' && <RawText text={parts.after} />}
    </>
  );
}

/** The same function each time, so that it runs once, when the rule appears. */
function intoView(rule: HTMLElement | null): void {
  rule?.scrollIntoView({ block: 'center' });
}

/** Cut at line breaks: the three parts, one under the other, are the whole text. */
function aroundRule(source: string, ruleId: string) {
  if (ruleId === '') return undefined;
  const read = readPolicyText(source);
  const rule = read.readable ? read.rules.find(({ values }) => values.id === ruleId) : undefined;
  if (rule === undefined) return undefined;
  const from = source.lastIndexOf('\n', rule.range[0] - 1) + 1;
  const end = source.indexOf('\n', Math.max(from, rule.range[1] - 1));
  const to = end === -1 ? source.length : end;
  return {
    before: source.slice(0, Math.max(0, from - 1)),
    rule: source.slice(from, to),
    after: source.slice(to + 1),
  };
}
