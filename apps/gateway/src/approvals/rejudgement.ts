import { mergeSteps, type Step } from '@holdpoint/approval';
import type { Rejudged, StoredDecision, StoredStep } from '@holdpoint/contracts';
import { asSentence } from '../platform/sentence.ts';
import { whyDenied } from '../policies/ruling.ts';
import type { ApprovalRecord } from './approval.ts';

/** What judging a call says now. */
export interface Judgement {
  readonly effect: 'allow' | 'hold' | 'deny';
  readonly decision: StoredDecision;
  readonly steps: readonly StoredStep[];
  readonly policyVersion: number;
  readonly freezeEpoch: number;
  readonly toolDigest: string;
}

/** Why what is in force now no longer lets a held call through. */
export interface Objection {
  readonly to: 'denied' | 'void';
  readonly reason: string;
}

/** What judging an open approval again comes to. */
export type Rejudgement =
  /** Anything looser changes nothing: it now stands under the newer version. */
  | { readonly kind: 'kept' }
  | {
      readonly kind: 'asks-more';
      readonly steps: readonly Step[];
      readonly rejudged: Omit<Rejudged, 'at'>;
    }
  | ({ readonly kind: 'objects' } & Objection);

/**
 * Pure. Of a connection that changed and of a tool whose definition did, only the claim speaks: it
 * looks the definition up anew, and nothing runs before.
 */
export function rejudge(approval: ApprovalRecord, now: Judgement): Rejudgement {
  if (now.effect === 'deny')
    return { kind: 'objects', to: 'denied', reason: denial(approval, now) };
  const wanted = now.effect === 'hold' ? now.steps : [];
  const { steps, added } = mergeSteps(approval.steps, wanted);
  if (added.length === 0) return { kind: 'kept' };
  return {
    kind: 'asks-more',
    steps,
    rejudged: {
      from: approval.policyVersion,
      to: now.policyVersion,
      addedSteps: added.length,
      wasApproved: approval.state === 'approved',
      reason: whatIsAsked(approval, now, added.length),
    },
  };
}

/** For the claim: all that stands against an approved call; `undefined` where nothing does. */
export function objectionTo(approval: ApprovalRecord, now: Judgement): Objection | undefined {
  if (now.effect === 'deny') return { to: 'denied', reason: denial(approval, now) };
  if (now.freezeEpoch !== approval.freezeEpoch) {
    const reason =
      'The connection was frozen, or its address, credential or callers changed, after this call was held.';
    return { to: 'denied', reason };
  }
  if (now.toolDigest !== approval.toolDigest) {
    return {
      to: 'void',
      reason:
        'The tool’s definition changed after this call was held, so the approval no longer covers it.',
    };
  }
  return undefined;
}

function denial({ policyVersion }: ApprovalRecord, now: Judgement): string {
  const why = whyDenied(now.decision);
  return now.policyVersion === policyVersion || now.decision.source === 'frozen'
    ? why
    : `Judged again under version ${now.policyVersion} of the policy: ${why}`;
}

/** Names only what an admin set. */
function whatIsAsked(approval: ApprovalRecord, now: Judgement, steps: number): string {
  const known = new Set(approval.decision.rules.map(({ ruleId }) => ruleId));
  const rules = now.decision.rules.map(({ ruleId }) => ruleId);
  const added = rules.filter((ruleId) => !known.has(ruleId));
  const named = (added.length > 0 ? added : rules).map((ruleId) => `“${ruleId}”`);
  const [who, ask] =
    named.length === 0
      ? ['the connection’s own chain', 'asks']
      : named.length === 1
        ? [`the rule ${named[0] ?? ''}`, 'asks']
        : [`the rules ${named.join(', ')}`, 'ask'];
  const what = steps === 1 ? 'one more step' : `${steps} more steps`;
  return asSentence(
    `Judged again under version ${now.policyVersion} of the policy: ${who} ${ask} for ${what}`,
  );
}
