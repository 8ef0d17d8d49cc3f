'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import { member, type JsonNode } from '@holdpoint/mcp';
import { useId, useMemo, useState } from 'react';
import { formatBytes, plural } from '../../lib/format.ts';
import { readJson } from '../../lib/json-lines.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { JsonText, RawText } from '../../ui/json-view.tsx';
import { ArgumentList, type ArgumentHints } from '../arguments/argument-list.tsx';
import { findingsIn } from '../arguments/character-findings.ts';
import { FindingsLegend } from '../arguments/findings-legend.tsx';

/** The arguments, complete and exact, in a box that says whose words they are. */
export function ApprovalArguments({ approval }: { approval: ApprovalDetail }) {
  const titleId = useId();
  const [raw, setRaw] = useState(false);
  const { argumentsText, toolDefinition, sql } = approval;
  useShortcuts({ r: () => setRaw(!raw) });
  const root = useMemo(
    () => (argumentsText === null ? null : readJson(argumentsText)),
    [argumentsText],
  );
  const findings = useMemo(() => (root === null ? null : findingsIn(root)), [root]);
  const hints = useMemo(
    (): ArgumentHints => ({
      schema: toolDefinition === null ? undefined : inputSchemaIn(toolDefinition),
      sql,
    }),
    [toolDefinition, sql],
  );
  return (
    <section
      aria-labelledby={titleId}
      className="max-w-4xl overflow-hidden rounded-lg border border-untrusted/50 bg-surface"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 bg-untrusted-soft px-4 py-1.5">
        <h2 id={titleId} className="font-semibold text-untrusted">
          {approval.edits.current === null
            ? 'From the agent — treat as untrusted'
            : 'From the agent, as changed by a reviewer — treat as untrusted'}
        </h2>
        {argumentsText !== null && (
          <div className="flex items-center gap-3">
            <span className="text-sm">{amountOf(argumentsText, root)}</span>
            <Button size="small" aria-pressed={raw} title="Key: r" onClick={() => setRaw(!raw)}>
              Raw JSON
            </Button>
          </div>
        )}
      </div>
      <div className="flex flex-col gap-3 p-4">
        {findings !== null && <FindingsLegend findings={findings} />}
        {argumentsText === null ? (
          <p className="text-muted">
            The arguments are not shown: they were removed after their retention time, or your role
            may not open them.
          </p>
        ) : raw ? (
          <RawText text={argumentsText} />
        ) : (
          <Arguments text={argumentsText} root={root} hints={hints} />
        )}
      </div>
      {approval.otherParamsText !== null && <Others text={approval.otherParamsText} />}
    </section>
  );
}

/** What runs with the call and is no argument of it. */
function Others({ text }: { text: string }) {
  const findings = useMemo(() => {
    const root = readJson(text);
    return root === null ? null : findingsIn(root);
  }, [text]);
  return (
    <div className="flex flex-col gap-2 border-t border-line p-4">
      <h3 className="text-sm font-semibold">It also sends, beside the arguments</h3>
      {findings !== null && <FindingsLegend findings={findings} />}
      <JsonText text={text} />
    </div>
  );
}

function Arguments({
  text,
  root,
  hints,
}: {
  text: string;
  root: JsonNode | null;
  hints: ArgumentHints;
}) {
  if (root === null || root.kind !== 'object') return <JsonText text={text} />;
  if (root.members.length === 0) return <p className="text-muted">No arguments.</p>;
  return <ArgumentList text={text} members={root.members} hints={hints} />;
}

/** How much there is to read, so that nobody takes the beginning for all of it. */
function amountOf(text: string, root: JsonNode | null): string {
  const size = formatBytes(new TextEncoder().encode(text).length);
  return root?.kind === 'object' ? `${plural(root.members.length, 'argument')}, ${size}` : size;
}

function inputSchemaIn(definition: string): JsonNode | undefined {
  return member(readJson(definition) ?? undefined, 'inputSchema');
}
