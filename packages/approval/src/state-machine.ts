/**
 * Every state an approval can be in.
 *
 * - `held`: waits for verdicts.
 * - `approved`: holds an unclaimed, single-use release.
 * - `claimed`: the release was used; a byte may have left for the upstream.
 * - `answered`: a complete answer is recorded, but no client has collected it yet.
 * - `failed`: no byte of the request was written, or a complete answer refused it.
 * - `unknown`: the call may have run. It is shown as such and never retried.
 * - `void`: what was approved no longer exists in that form (its tool's definition changed).
 */
export type ApprovalState =
  | 'held'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'withdrawn'
  | 'claimed'
  | 'answered'
  | 'delivered'
  | 'failed'
  | 'unknown'
  | 'void';

/**
 * What can happen to an approval.
 *
 * `ask_again` is a call judged again after its approval, with steps that it didn't have before;
 * `lose` is an exchange whose outcome can't be known any more; `continue` is the next round of a call
 * whose answer asked for input.
 */
export type ApprovalEvent =
  | 'approve'
  | 'deny'
  | 'expire'
  | 'withdraw'
  | 'ask_again'
  | 'claim'
  | 'void'
  | 'answer'
  | 'fail'
  | 'lose'
  | 'deliver'
  | 'continue';

/**
 * The whole life of an approval. What isn't listed can't happen.
 *
 * INVARIANT: a release is used at most once: `claimed` is entered by one `claim`, from `approved`.
 * After that only an answer that asked for input leads back there, once for each such answer. The
 * database repeats this as `UPDATE … WHERE state = …`, and refuses any other move by a trigger: who adds
 * one here replaces `approval_may_move` in a migration.
 */
export const TABLE = {
  held: { approve: 'approved', deny: 'denied', expire: 'expired', withdraw: 'withdrawn' },
  // A deny here is a publish or a freeze that overtook the verdicts.
  approved: {
    claim: 'claimed',
    expire: 'expired',
    void: 'void',
    deny: 'denied',
    ask_again: 'held',
  },
  claimed: { answer: 'answered', fail: 'failed', lose: 'unknown' },
  answered: { deliver: 'delivered', continue: 'claimed' },
  denied: {},
  expired: {},
  withdrawn: {},
  delivered: { continue: 'claimed' },
  failed: {},
  unknown: {},
  void: {},
} as const satisfies Record<ApprovalState, Partial<Record<ApprovalEvent, ApprovalState>>>;

const EVENT_NAMES = {
  approve: true,
  deny: true,
  expire: true,
  withdraw: true,
  ask_again: true,
  claim: true,
  void: true,
  answer: true,
  fail: true,
  lose: true,
  deliver: true,
  continue: true,
} as const satisfies Record<ApprovalEvent, true>;

/** All states, in the order of an approval's life. */
export const STATES: readonly ApprovalState[] = Object.keys(TABLE).filter(isApprovalState);

/** All events. */
export const EVENTS: readonly ApprovalEvent[] = Object.keys(EVENT_NAMES).filter(isApprovalEvent);

/** `already_final`: nothing can happen any more. `not_allowed`: this can't happen from here. */
export type TransitionCode = 'already_final' | 'not_allowed';

export type TransitionResult =
  | { readonly ok: true; readonly state: ApprovalState }
  | { readonly ok: false; readonly code: TransitionCode };

/** Where `event` leads from `state`, by {@link TABLE}. Never throws: an illegal event is an outcome. */
export function transition(state: ApprovalState, event: ApprovalEvent): TransitionResult {
  const row: Partial<Record<ApprovalEvent, ApprovalState>> = TABLE[state];
  const next = Object.hasOwn(row, event) ? row[event] : undefined;
  if (next !== undefined) return { ok: true, state: next };
  return { ok: false, code: isFinal(state) ? 'already_final' : 'not_allowed' };
}

/**
 * True where no event leads anywhere. `answered` isn't final: its answer can still be collected. Nor
 * is `delivered`: what was delivered may have asked for input.
 */
export function isFinal(state: ApprovalState): boolean {
  return Object.keys(TABLE[state]).length === 0;
}

/** True while reviewers can still give verdicts. */
export function isPending(state: ApprovalState): boolean {
  return state === 'held';
}

/** Narrows a stored or received string. */
export function isApprovalState(name: string): name is ApprovalState {
  return Object.hasOwn(TABLE, name);
}

/** Narrows a stored or received string. */
export function isApprovalEvent(name: string): name is ApprovalEvent {
  return Object.hasOwn(EVENT_NAMES, name);
}
