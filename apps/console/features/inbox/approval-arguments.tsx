'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import type { JsonNode } from '@holdpoint/mcp';
import { useMemo, useState } from 'react';
import { readJson } from '../../lib/json-lines.ts';
import { looksLikeSql } from '../../lib/sql-tokens.ts';
import { Button } from '../../ui/button.tsx';
import { JsonText, RawText } from '../../ui/json-view.tsx';
import { SqlText } from '../../ui/sql-text.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** The arguments, complete and exact, in a box that says whose words they are. */
export function ApprovalArguments({ approval }: { approval: ApprovalDetail }) {
  const [raw, setRaw] = useState(false);
  const { argumentsText } = approval;
  return (
    <section
      aria-labelledby="from-agent"
      className="max-w-4xl overflow-hidden rounded-lg border border-untrusted/50 bg-surface"
    >
      <div className="flex items-center justify-between gap-3 bg-untrusted-soft px-4 py-1.5">
        <h2 id="from-agent" className="font-semibold text-untrusted">
          From the agent — treat as untrusted
        </h2>
        {argumentsText !== null && (
          <Button size="small" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            Raw JSON
          </Button>
        )}
      </div>
      <div className="p-4">
        {argumentsText === null ? (
          <p className="text-muted">
            The arguments are not shown: they were removed after their retention time, or your role
            may not open them.
          </p>
        ) : raw ? (
          <RawText text={argumentsText} />
        ) : (
          <Arguments text={argumentsText} />
        )}
      </div>
      {approval.otherParamsText !== null && (
        <div className="border-t border-line p-4">
          <h3 className="mb-2 text-sm font-semibold">It also sends, beside the arguments</h3>
          <JsonText text={approval.otherParamsText} />
        </div>
      )}
    </section>
  );
}

function Arguments({ text }: { text: string }) {
  const root = useMemo(() => readJson(text), [text]);
  if (root === null || root.kind !== 'object') return <JsonText text={text} />;
  if (root.members.length === 0) return <p className="text-muted">No arguments.</p>;
  return (
    <dl className="flex flex-col gap-3">
      {root.members.map((member) => (
        <div
          key={member.start}
          className={`flex min-w-0 gap-x-3 gap-y-1 ${isShort(member.value) ? 'max-sm:flex-col sm:items-baseline' : 'flex-col'}`}
        >
          <dt className="min-w-28 font-mono text-sm break-words text-muted">
            <VisibleText text={member.key} />
          </dt>
          <dd className="min-w-0 rounded-md bg-raised px-3 py-1.5">
            <Argument name={member.key} node={member.value} text={text} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What fits beside its name. */
function isShort(node: JsonNode): boolean {
  if (node.kind === 'string') return node.value.length <= 40 && !/[\n\r]/.test(node.value);
  return node.kind !== 'object' && node.kind !== 'array';
}

function Argument({ name, node, text }: { name: string; node: JsonNode; text: string }) {
  if (node.kind !== 'string') return <JsonText text={text.slice(node.start, node.end)} />;
  if (node.value === '') return <span className="text-sm text-muted">(empty text)</span>;
  return looksLikeSql(name, node.value) ? (
    <SqlText text={node.value} />
  ) : (
    <RawText text={node.value} />
  );
}
