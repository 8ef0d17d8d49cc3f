/** Who may decide: any member of a group, a named person, whoever is on call. */
export interface Reviewers {
  readonly groups: readonly string[];
  /** Person keys, `issuer|subject`. Never e-mail addresses: those can be reassigned. */
  readonly people: readonly string[];
  /** Name of a rota. Who is on call by it counts when a verdict is given, not when the call was held. */
  readonly onCall?: string | undefined;
}

/** Others who are asked, too, once those before them let their time pass. */
export interface EscalationRound {
  readonly to: Reviewers;
  /** How long they have before the next round, or the end. */
  readonly forMs: number;
}

/**
 * What happens when a step's deadline comes. Whatever it is, it ends in a denial: reminders and
 * rounds only come before it. None of it lowers a quorum or makes a caller eligible.
 */
export type OnDeadline =
  | 'deny'
  | {
      readonly kind: 'remind';
      /** From the deadline on; one such time after the last reminder the step ends. */
      readonly everyMs: number;
      readonly atMost: number;
    }
  | { readonly kind: 'escalate'; readonly rounds: readonly EscalationRound[] };

/** One step of a chain as an admin configured it. */
export interface ChainStep {
  readonly reviewers: Reviewers;
  /** How many distinct people have to approve; a whole number from 1. */
  readonly quorum: number;
  /** From the moment the step becomes the current one. */
  readonly deadlineMs: number;
  readonly onDeadline: OnDeadline;
}

/** A step of a held call. The chains of all matching holds are concatenated: its index is its position. */
export interface Step extends ChainStep {
  readonly chain: string;
  /**
   * What it asked about is not what would run any more, so it asks nobody, and its verdicts count for
   * nothing. It keeps its position: a verdict never means another step than it was given for.
   */
  readonly isVoid?: boolean | undefined;
  /** Ids of the rules that demand a passkey of whoever approves; nobody does where it is left out. */
  readonly passkeyRules?: readonly string[] | undefined;
}

export interface VerdictRecord {
  readonly step: number;
  /** Person key, `issuer|subject`. */
  readonly person: string;
  /** The person whose place it takes; `null` or absent for one's own. */
  readonly actingFor?: string | null;
  readonly verdict: 'approve' | 'deny';
  readonly at: Date;
}

export interface StepProgress {
  readonly step: number;
  readonly chain: string;
  readonly quorum: number;
  /** Distinct people, in the order of their verdicts. */
  readonly approvedBy: readonly string[];
  readonly deniedBy: readonly string[];
  readonly status: 'waiting' | 'current' | 'approved' | 'denied' | 'void';
  /** When the quorum was reached; `null` before. */
  readonly approvedAt: Date | null;
}

export interface Progress {
  /** The step whose verdicts are asked for now; `null` once the outcome is settled. */
  readonly currentStep: number | null;
  readonly outcome: 'pending' | 'approved' | 'denied';
  readonly perStep: readonly StepProgress[];
}

/**
 * Where a chain stands.
 *
 * One deny settles the whole chain. A person counts once per step, and a person who both approved
 * and denied a step counts as a deny. No steps at all means `denied`: nobody could have approved.
 * Steps that are void ask nobody and approve nothing.
 */
export function progress(steps: readonly Step[], verdicts: readonly VerdictRecord[]): Progress {
  const tallies = steps.map((step, index) => tally(step, index, verdicts));
  // A deny counts even when its step is not (or no longer) part of the list.
  const denied =
    steps.every(({ isVoid }) => isVoid) || verdicts.some((record) => record.verdict === 'deny');
  const firstOpen = tallies.findIndex(
    (tally) => tally.approvedAt === null && !steps[tally.step]?.isVoid,
  );
  const currentStep = denied || firstOpen === -1 ? null : firstOpen;
  return {
    currentStep,
    outcome: denied ? 'denied' : currentStep === null ? 'approved' : 'pending',
    perStep: tallies.map((step, index) => ({
      ...step,
      status: steps[index]?.isVoid ? 'void' : statusOf(step, index === currentStep),
    })),
  };
}

type Tally = Omit<StepProgress, 'status'>;

function tally(step: Step, index: number, verdicts: readonly VerdictRecord[]): Tally {
  const own = verdicts
    .filter((record) => record.step === index)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const deniedBy = new Set(
    own.filter((record) => record.verdict === 'deny').map((record) => record.person),
  );
  const approvals = new Map<string, Date>();
  // A delegate and the person they stand in for are one, whoever of them was first.
  const counted = new Set<string>();
  for (const record of own) {
    const people = [record.person, ...(record.actingFor ? [record.actingFor] : [])];
    if (record.verdict !== 'approve' || deniedBy.has(record.person)) continue;
    if (people.some((person) => counted.has(person))) continue;
    for (const person of people) counted.add(person);
    approvals.set(record.person, record.at);
  }
  const reachedAt = isQuorum(step.quorum) ? [...approvals.values()][step.quorum - 1] : undefined;
  return {
    step: index,
    chain: step.chain,
    quorum: step.quorum,
    approvedBy: [...approvals.keys()],
    deniedBy: [...deniedBy],
    approvedAt: deniedBy.size === 0 ? (reachedAt ?? null) : null,
  };
}

function statusOf(step: Tally, isCurrent: boolean): StepProgress['status'] {
  if (step.deniedBy.length > 0) return 'denied';
  if (step.approvedAt !== null) return 'approved';
  return isCurrent ? 'current' : 'waiting';
}

/**
 * What has to be added when a call is judged again under what is in force now.
 *
 * Nothing is ever removed, and anything looser changes nothing. A wanted step counts as asked
 * already where the same chain has one at least as strict: as many people, out of no wider circle,
 * both at first and with everyone whom its deadline brings in.
 * Each existing step answers for one wanted step only, and one that is void for none.
 */
export function mergeSteps(
  existing: readonly Step[],
  wanted: readonly Step[],
): { readonly steps: readonly Step[]; readonly added: readonly Step[] } {
  const answered = assign(existing, wanted);
  const added = wanted.filter((_, index) => !answered.has(index));
  return { steps: [...existing, ...added], added };
}

/**
 * Which wanted steps have an existing one of their own to answer for them: a largest assignment, by
 * augmenting paths. Taking the first that fits would now and then use up the only answer to another
 * step, and then ask the same people again each time the call is judged.
 */
function assign(existing: readonly Step[], wanted: readonly Step[]): ReadonlySet<number> {
  const wantedOf = new Map<number, number>();
  const place = (want: number, tried: Set<number>): boolean => {
    const step = wanted[want];
    if (step === undefined) return false;
    for (const [at, have] of existing.entries()) {
      if (tried.has(at) || !isAtLeastAsStrict(have, step)) continue;
      tried.add(at);
      const holder = wantedOf.get(at);
      if (holder !== undefined && !place(holder, tried)) continue;
      wantedOf.set(at, want);
      return true;
    }
    return false;
  };
  for (const index of wanted.keys()) place(index, new Set());
  return new Set(wantedOf.values());
}

/**
 * The chain begins anew, for something else: every step so far becomes void, and what still applied of
 * them is asked again, with what is wanted beside it.
 */
export function beginAnew(steps: readonly Step[], wanted: readonly Step[]): readonly Step[] {
  const live = steps.filter(({ isVoid }) => !isVoid);
  return [...steps.map((step) => ({ ...step, isVoid: true })), ...mergeSteps(live, wanted).steps];
}

function isAtLeastAsStrict(have: Step, want: Step): boolean {
  return (
    !have.isVoid &&
    have.chain === want.chain &&
    have.quorum >= want.quorum &&
    (demandsPasskey(have) || !demandsPasskey(want)) &&
    isSubset(circle([have.reviewers]), circle([want.reviewers])) &&
    isSubset(circle(circlesOf(have)), circle(circlesOf(want)))
  );
}

/** The reviewers of a step, then those of each round in which others are asked. */
export function circlesOf(step: Pick<ChainStep, 'reviewers' | 'onDeadline'>): readonly Reviewers[] {
  const { onDeadline } = step;
  const rounds = onDeadline !== 'deny' && onDeadline.kind === 'escalate' ? onDeadline.rounds : [];
  return [step.reviewers, ...rounds.map(({ to }) => to)];
}

function circle(reviewers: readonly Reviewers[]): readonly string[] {
  return reviewers.flatMap(({ groups, people, onCall }) => [
    ...groups.map((group) => `group ${group}`),
    ...people.map((person) => `person ${person}`),
    ...(onCall === undefined ? [] : [`rota ${onCall}`]),
  ]);
}

function demandsPasskey({ passkeyRules }: Step): boolean {
  return (passkeyRules ?? []).length > 0;
}

/**
 * The rules that demand a passkey for approving a call: those of any of its steps. One that a newer
 * policy added counts for what is still open of the steps before it, too.
 */
export function passkeyRulesOf(steps: readonly Step[]): readonly string[] {
  return [...new Set(steps.flatMap(({ passkeyRules }) => passkeyRules ?? []))];
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((item) => all.includes(item));
}

export function isQuorum(quorum: number): boolean {
  return Number.isSafeInteger(quorum) && quorum >= 1;
}
