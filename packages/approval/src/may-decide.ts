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

/** Somebody whose place the person may take, for as long as the delegation runs. */
export interface Delegator {
  /** `issuer|subject`. */
  readonly key: string;
  /** As they were last known; empty where they are not known well enough. */
  readonly groups: readonly string[];
  /** What those groups give; without the reviewer role there is nothing to give on. */
  readonly roles: readonly string[];
  /** The chains that the delegation is for; empty: all. */
  readonly chains: readonly string[];
}

export interface VerdictAttempt {
  readonly person: Reviewer;
  /** Only those of delegations in force: none is handed on, and each was given by its delegator. */
  readonly delegators?: readonly Delegator[];
  readonly caller: HeldCaller;
  readonly steps: readonly Step[];
  readonly verdicts: readonly VerdictRecord[];
  readonly state: ApprovalState;
  /** Who proposed the changed arguments that would run; `null` where they are the caller's own. */
  readonly editorKey?: string | null | undefined;
}

export type RefusalCode =
  | 'own_call'
  | 'own_service'
  | 'unowned_service'
  | 'not_a_reviewer'
  | 'own_edit'
  | 'not_in_step'
  | 'already_decided_by_you'
  | 'already_decided_for_them'
  | 'not_break_glass'
  | 'settled';

export type MayDecide =
  /** `actingFor`: the key of the person whose place the verdict takes; `null` for one's own. */
  | { readonly ok: true; readonly step: number; readonly actingFor: string | null }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string };

/**
 * May this person give a verdict on this call now, for which step, and in whose place?
 *
 * INVARIANT: never the caller, never the owner of the calling service, one verdict per person and
 * step, and never whoever changed the arguments: a proposal is no approval of itself. No role is an
 * exception; the `reviewer` role is needed on top of being named in the chain.
 * A delegation gives the place of somebody who could decide themselves, and takes it for this step:
 * whoever gave a verdict, and whoever it was given for, gives no other one there.
 * It is asked again inside the transaction that records the verdict.
 */
export function mayDecide(attempt: VerdictAttempt): MayDecide {
  const { person, steps, verdicts, state } = attempt;
  const { currentStep } = progress(steps, verdicts);
  if (!isPending(state) || currentStep === null) return refuse('settled');

  const tie = tieToCaller(person, attempt.caller);
  if (tie !== null) return refuse(tie);

  const places = (attempt.delegators ?? []).filter(
    (delegator) =>
      // Nor does anyone take the place of whoever changed the arguments.
      delegator.key !== attempt.editorKey && isPlaceToTake(delegator, person, attempt.caller),
  );
  const isReviewer = person.key !== '' && person.roles.includes('reviewer');
  const isNamedSomewhere = steps.some(
    (step) => isNamedIn(step, person) || places.some((place) => isPlaceIn(step, place)),
  );
  if (!isReviewer || !isNamedSomewhere) return refuse('not_a_reviewer');
  if (attempt.editorKey === person.key) return refuse('own_edit');
  // Asked before the step: after one's verdict the chain may have moved on to people who aren't oneself.
  const current = steps[currentStep];
  const decided = verdicts.filter((record) => speaksFor(record, person.key));
  if (decided.some((record) => record.step === currentStep))
    return refuse('already_decided_by_you');
  if (current !== undefined && isNamedIn(current, person))
    return { ok: true, step: currentStep, actingFor: null };
  const named = places.filter((place) => current !== undefined && isPlaceIn(current, place));
  if (named.length === 0) {
    return refuse(decided.length > 0 ? 'already_decided_by_you' : 'not_in_step');
  }
  const free = named.find(
    ({ key }) => !verdicts.some((record) => record.step === currentStep && speaksFor(record, key)),
  );
  if (free === undefined) return refuse('already_decided_for_them');
  return { ok: true, step: currentStep, actingFor: free.key };
}

/** The role that may end a wait without its chain. */
export const BREAK_GLASS_ROLE = 'breakglass';

/**
 * May this person approve this call past its chain?
 *
 * INVARIANT: break-glass skips steps and quorum, never separation from the caller: nobody approves
 * their own call, or one of a service that they own, no call of a service that nobody owns, and none
 * whose arguments they changed.
 */
export function mayBreakGlass(
  attempt: Pick<VerdictAttempt, 'person' | 'caller' | 'state' | 'editorKey'>,
): { readonly ok: true } | Extract<MayDecide, { ok: false }> {
  const { person, caller, state } = attempt;
  if (!isPending(state)) return refuse('settled');
  const tie = tieToCaller(person, caller);
  if (tie !== null) return refuse(tie);
  if (person.key === '' || !person.roles.includes(BREAK_GLASS_ROLE))
    return refuse('not_break_glass');
  if (attempt.editorKey === person.key) return refuse('own_edit');
  return { ok: true };
}

/** A delegator who may not decide themselves has nothing to give. */
function isPlaceToTake(delegator: Delegator, person: Reviewer, caller: HeldCaller): boolean {
  return (
    delegator.key !== '' &&
    delegator.key !== person.key &&
    delegator.roles.includes('reviewer') &&
    tieToCaller(delegator, caller) === null
  );
}

function isPlaceIn(step: Step, place: Delegator): boolean {
  return isNamedIn(step, place) && (place.chains.length === 0 || place.chains.includes(step.chain));
}

/** Gave it, or had it given for them. */
function speaksFor(record: VerdictRecord, key: string): boolean {
  return record.person === key || record.actingFor === key;
}

function tieToCaller(
  person: Pick<Reviewer, 'key'>,
  caller: HeldCaller,
): 'own_call' | 'own_service' | 'unowned_service' | null {
  // Without the caller's key nothing proves that two different people are involved.
  if (person.key === caller.personKey || caller.personKey === '') return 'own_call';
  if (caller.ownerKey !== null && person.key === caller.ownerKey) return 'own_service';
  if (caller.kind === 'service' && (caller.ownerKey === null || caller.ownerKey === ''))
    return 'unowned_service';
  return null;
}

function isNamedIn(step: Step, person: Pick<Reviewer, 'key' | 'groups'>): boolean {
  const { groups, people } = step.reviewers;
  return (
    people.includes(person.key) ||
    groups.some((group) => group !== '' && person.groups.includes(group))
  );
}

function refuse(code: RefusalCode): MayDecide {
  return { ok: false, code, message: refusalMessage(code) };
}

/**
 * What happened, why, and what to do: shown to the person as it stands.
 *
 * @param lead - what did not happen; by default what can't, for whoever only looks
 */
export function refusalMessage(
  code: RefusalCode,
  lead = 'You can’t decide about this call',
): string {
  return `${lead}: ${REASONS[code]}`;
}

const REASONS: Record<RefusalCode, string> = {
  own_call:
    'it was made in your name, and nobody approves their own calls. Ask another reviewer of this step.',
  own_service:
    'you own the service identity that made it, so it counts as your own. Ask another reviewer of this step.',
  unowned_service:
    'nobody owns the service identity that made it, so it can’t be shown that you are not behind it. Ask an admin to set its owner; then the agent can call again.',
  not_a_reviewer:
    'you are not a reviewer of it. Ask one of the people or groups that its chain names, or ask an admin to add you.',
  own_edit:
    'you proposed these arguments, and a proposal needs the approval of other people. Ask another reviewer of this step, or take your proposal back.',
  not_in_step:
    'another step is being decided now, and you are not one of its reviewers. Wait until your step is reached.',
  already_decided_by_you:
    'you have already decided, and each person decides a step once. Another reviewer has to give the next verdict.',
  already_decided_for_them:
    'the person whose place you take has a verdict in this step already; each person counts there once. Another reviewer has to give the next verdict.',
  not_break_glass:
    'break-glass needs a role of its own, and none of your groups gives it. Ask somebody who has it, or the reviewers of this call.',
  settled: 'it is settled already. Reload to see who settled it and how.',
};
