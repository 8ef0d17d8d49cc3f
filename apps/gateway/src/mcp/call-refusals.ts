import type { Call } from './call.ts';
import type { Refusal } from './refusal.ts';
import type { Verdict } from './judge.ts';
import { whyDenied } from '../policies/ruling.ts';

export function denialText({ decision }: Verdict, call: Pick<Call, 'continues'>): string {
  const ran = isLaterRound(call)
    ? 'The next round of the call has not run, but earlier ones have.'
    : 'The call has not run.';
  return `${DENIED_BY[decision.source]}: ${whyDenied(decision)} ${ran}`;
}

/** So that nobody looks for a rule where there is none. */
const DENIED_BY: Readonly<Record<Verdict['decision']['source'], string>> = {
  rule: 'Denied by policy',
  default: 'Denied by policy',
  'read-only-mark': 'Denied by policy',
  error: 'Denied by policy',
  frozen: 'Denied',
  catalogue: 'Denied',
};

/** Whether something of the call ran before: it brings what its upstream asked for then. */
export function isLaterRound({ continues }: Pick<Call, 'continues'>): boolean {
  return continues?.state.kind === 'input';
}

export const CANCELLED: Refusal = {
  code: 'withdrawn',
  message: 'The agent cancelled the call before it was forwarded. It has not run.',
};
export const TASK_CANCELLED: Refusal = {
  code: 'withdrawn',
  message:
    'This task was cancelled: no further round of its call runs. What ran before has run; do not repeat it without checking.',
};
export const MAY_HAVE_RUN: Refusal = {
  code: 'may_have_run',
  message:
    'The call was forwarded, but its answer could not be recorded, so it is not shown. It may have run; do not repeat it.',
};
export const STORED_ANSWER_GONE: Refusal = {
  code: 'may_have_run',
  message:
    'This call has already run, but its stored answer is no longer kept. Do not repeat it without checking.',
};
