import type { ApprovalDetail, RuleReason } from '@holdpoint/contracts';
import Link from 'next/link';
import { formatUtc } from '../../lib/format.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { STATE_WORDS } from './approval-states.ts';

/** Why it was held, in the words an admin wrote, and when the same call was last seen. */
export function ApprovalReasons({ approval }: { approval: ApprovalDetail }) {
  return (
    <section aria-labelledby="why-held" className="flex max-w-3xl flex-col gap-2">
      <h2 id="why-held" className="font-semibold">
        Why it was held
      </h2>
      {approval.rules.length === 0 ? (
        <p>{approval.why}</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {approval.rules.map((rule) => (
            <Reason key={rule.ruleId} rule={rule} />
          ))}
        </ul>
      )}
      <p className="text-sm text-muted">
        Policy version {approval.policyVersion}
        {approval.masks.length > 0 && (
          <> · the answer will be masked: {approval.masks.join(', ')}</>
        )}
      </p>
      <LastSame approval={approval} />
    </section>
  );
}

function Reason({ rule }: { rule: RuleReason }) {
  return (
    <li className="flex flex-col gap-0.5 border-l-3 border-hold pl-3">
      <p>{rule.description ?? rule.message ?? 'This rule gives no description.'}</p>
      {rule.description !== null && rule.message !== null && (
        <p className="text-muted">{rule.message}</p>
      )}
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">
        <code className="font-mono">{rule.ruleId}</code>
        {rule.effect !== null && (
          <Badge tone={rule.effect === 'hold' ? 'hold' : rule.effect === 'deny' ? 'stop' : 'go'}>
            {rule.effect}
          </Badge>
        )}
        {rule.condition !== null && (
          <code className="font-mono break-words">when {rule.condition}</code>
        )}
      </p>
      {rule.error !== null && (
        <p className="text-sm text-stop">The rule failed, so it counts as matching: {rule.error}</p>
      )}
    </li>
  );
}

function LastSame({ approval: { lastSame } }: { approval: ApprovalDetail }) {
  if (lastSame === null) return null;
  const loud = lastSame.state === 'unknown';
  return (
    <Notice tone={loud ? 'stop' : 'neutral'}>
      {loud
        ? 'An identical call ended with its outcome unknown: it may already have run, on '
        : `An identical call was last seen (${STATE_WORDS[lastSame.state].label.toLowerCase()}) on `}
      {formatUtc(lastSame.at)}.{' '}
      <Link href={`/inbox/${lastSame.approvalId}`} className="text-accent underline">
        Open it
      </Link>
    </Notice>
  );
}
