import { type Step, type VerdictRecord, progress } from './chain.ts';
import { type ApprovalState, isPending } from './state-machine.ts';

/** The authenticated person who wants to give a verdict. */
export interface Reviewer {
  /** `issuer|subject`. */
  readonly key: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

/** Whose call is held. */
export interface HeldCaller {
  readonly kind: 'person' | 'service';
  /** The caller's own `issuer|subject`. */
  readonly personKey: string;
  /** The person who answers for a service identity; `null` where nobody does. */
  readonly ownerKey: string | null;
}

export interface VerdictAttempt {
  readonly person: Reviewer;
  readonly caller: HeldCaller;
  readonly steps: readonly Step[];
  readonly verdicts: readonly VerdictRecord[];
  readonly state: ApprovalState;
}

export type RefusalCode =
  | 'own_call'
  | 'own_service'
  | 'unowned_service'
  | 'not_a_reviewer'
  | 'not_in_step'
  | 'already_decided_by_you'
  | 'settled';

export type MayDecide =
  | { readonly ok: true; readonly step: number }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string };

/**
 * May this person give a verdict on this call now, and for which step?
 *
 * INVARIANT: never the caller, never the owner of the calling service, one verdict per person and
 * step. No role is an exception; the `reviewer` role is needed on top of being named in the chain.
 * It is asked again inside the transaction that records the verdict.
 */
export function mayDecide(attempt: VerdictAttempt): MayDecide {
  const { person, steps, verdicts, state } = attempt;
  const { currentStep } = progress(steps, verdicts);
  if (!isPending(state) || currentStep === null) return refuse('settled');

  const tie = tieToCaller(person, attempt.caller);
  if (tie !== null) return refuse(tie);

  const isReviewer = person.key !== '' && person.roles.includes('reviewer');
  if (!isReviewer || !steps.some((step) => isNamedIn(step, person)))
    return refuse('not_a_reviewer');
  // Asked before the step: after one's verdict the chain may have moved on to people who aren't oneself.
  const current = steps[currentStep];
  const decided = verdicts.filter((record) => record.person === person.key);
  if (decided.some((record) => record.step === currentStep))
    return refuse('already_decided_by_you');
  if (current === undefined || !isNamedIn(current, person)) {
    return refuse(decided.length > 0 ? 'already_decided_by_you' : 'not_in_step');
  }
  return { ok: true, step: currentStep };
}

function tieToCaller(
  person: Reviewer,
  caller: HeldCaller,
): 'own_call' | 'own_service' | 'unowned_service' | null {
  // Without the caller's key nothing proves that two different people are involved.
  if (person.key === caller.personKey || caller.personKey === '') return 'own_call';
  if (caller.ownerKey !== null && person.key === caller.ownerKey) return 'own_service';
  if (caller.kind === 'service' && (caller.ownerKey === null || caller.ownerKey === ''))
    return 'unowned_service';
  return null;
}

function isNamedIn(step: Step, person: Reviewer): boolean {
  const { groups, people } = step.reviewers;
  return (
    people.includes(person.key) ||
    groups.some((group) => group !== '' && person.groups.includes(group))
  );
}

function refuse(code: RefusalCode): MayDecide {
  return { ok: false, code, message: MESSAGES[code] };
}

/** What happened, why, and what to do: shown to the person as it stands. */
const MESSAGES: Record<RefusalCode, string> = {
  own_call:
    'Your verdict was not recorded: this call was made in your name, and nobody approves their own calls. Ask another reviewer of this step.',
  own_service:
    'Your verdict was not recorded: you own the service identity that made this call, so it counts as your own. Ask another reviewer of this step.',
  unowned_service:
    'Your verdict was not recorded: nobody owns the service identity that made this call, so it can’t be shown that you are not behind it. Ask an admin to set its owner; then the agent can call again.',
  not_a_reviewer:
    'Your verdict was not recorded: you are not a reviewer of this call. Ask one of the people or groups that its chain names, or ask an admin to add you.',
  not_in_step:
    'Your verdict was not recorded: another step is being decided now, and you are not one of its reviewers. Wait until your step is reached.',
  already_decided_by_you:
    'Your verdict was not recorded again: you have already decided, and each person decides a step once. Another reviewer has to give the next verdict.',
  settled:
    'Your verdict was not recorded: this call was settled before it arrived. Reload to see who settled it and how.',
};
