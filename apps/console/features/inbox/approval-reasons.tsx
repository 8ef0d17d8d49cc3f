import type { ApprovalDetail, RuleReason } from '@holdpoint/contracts';
import { useId } from 'react';
import { formatUtc } from '../../lib/format.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { ruleHref } from '../policies/rule-href.ts';
import { STATE_WORDS } from './approval-states.ts';
import { ObservedRules } from './observed-rules.tsx';
import { QuarantineReason } from './quarantine-reason.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** Why it was held, in the words an admin wrote, and when the same call was last seen. */
export function ApprovalReasons({ approval }: { approval: ApprovalDetail }) {
  const titleId = useId();
  const { quarantined } = approval;
  return (
    <section aria-labelledby={titleId} className="flex max-w-3xl flex-col gap-2">
      <h2 id={titleId} className="font-semibold">
        Why it was held
      </h2>
      {quarantined !== null && (
        <QuarantineReason quarantined={quarantined} connectionId={approval.connection.id} />
      )}
      {approval.rules.length === 0 ? (
        approval.why !== quarantined?.reason && <p>{approval.why}</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {approval.rules.map((rule) => (
            <Reason key={rule.ruleId} rule={rule} version={approval.policyVersion} />
          ))}
        </ul>
      )}
      <p className="text-sm text-muted max-md:flex max-md:flex-col max-md:items-start">
        <TextLink href={`/policies/versions/${approval.policyVersion}`} prefetch={false}>
          Policy version {approval.policyVersion}
        </TextLink>
        {approval.masks.length > 0 && (
          <span>
            <span className="max-md:hidden"> · the</span>
            <span className="md:hidden">The</span> answer will be masked:{' '}
            {approval.masks.join(', ')}
          </span>
        )}
      </p>
      <ObservedRules rules={approval.observed} effect="hold" />
      <LastSame approval={approval} />
    </section>
  );
}

function Reason({ rule, version }: { rule: RuleReason; version: number }) {
  return (
    <li className="flex flex-col gap-0.5 border-l-3 border-hold pl-3">
      <p>
        <VisibleText text={rule.description ?? rule.message ?? 'This rule gives no description.'} />
      </p>
      {rule.description !== null && rule.message !== null && (
        <p className="text-muted">
          <VisibleText text={rule.message} />
        </p>
      )}
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">
        <TextLink
          href={ruleHref(version, rule.ruleId)}
          prefetch={false}
          className="font-mono break-all"
        >
          {rule.ruleId}
        </TextLink>
        {rule.effect !== null && (
          <Badge tone={rule.effect === 'hold' ? 'hold' : rule.effect === 'deny' ? 'stop' : 'go'}>
            {rule.effect}
          </Badge>
        )}
        {rule.condition !== null && (
          <code className="font-mono break-words">
            {rule.keyword ?? 'condition'} {rule.condition}
          </code>
        )}
      </p>
      {rule.error !== null && (
        <p className="text-sm text-stop">The rule failed, so it counts as matching: {rule.error}</p>
      )}
    </li>
  );
}

/** Goes on with a time. Where the other one may run beside this one, or has, it says so first. */
function sinceWhen(state: ApprovalDetail['state']): string {
  switch (state) {
    case 'unknown':
      return 'An identical call ended with its outcome unknown: it may already have run, on';
    case 'claimed':
      return 'An identical call is running right now. Approving this one runs it twice. Running since';
    case 'approved':
      return 'An identical call is approved and may run any moment. Approving this one runs it twice. Approved on';
    default:
      return `An identical call was last seen (${STATE_WORDS[state].label.toLowerCase()}) on`;
  }
}

function LastSame({ approval: { lastSame } }: { approval: ApprovalDetail }) {
  if (lastSame === null) return null;
  const { state } = lastSame;
  const isLoud = state === 'unknown' || state === 'claimed' || state === 'approved';
  return (
    <Notice tone={isLoud ? 'stop' : 'neutral'}>
      {sinceWhen(state)} {formatUtc(lastSame.at)}.{' '}
      <TextLink href={`/inbox/${lastSame.approvalId}`}>Open it</TextLink>
    </Notice>
  );
}
