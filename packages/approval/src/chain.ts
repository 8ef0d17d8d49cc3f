/** One step of a chain as an admin configured it. */
export interface ChainStep {
  readonly reviewers: {
    readonly groups: readonly string[];
    /** Person keys, `issuer|subject`. Never e-mail addresses: those can be reassigned. */
    readonly people: readonly string[];
  };
  /** How many distinct people have to approve; a whole number from 1. */
  readonly quorum: number;
  /** From the moment the step becomes the current one. */
  readonly deadlineMs: number;
  readonly onDeadline: 'deny';
}

/** A step of a held call. The chains of all matching holds are concatenated: its index is its position. */
export interface Step extends ChainStep {
  readonly chain: string;
}

export interface VerdictRecord {
  readonly step: number;
  /** Person key, `issuer|subject`. */
  readonly person: string;
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
  readonly status: 'waiting' | 'current' | 'approved' | 'denied';
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
 */
export function progress(steps: readonly Step[], verdicts: readonly VerdictRecord[]): Progress {
  const tallies = steps.map((step, index) => tally(step, index, verdicts));
  // A deny counts even when its step is not (or no longer) part of the list.
  const denied = steps.length === 0 || verdicts.some((record) => record.verdict === 'deny');
  const firstOpen = tallies.findIndex((step) => step.approvedAt === null);
  const currentStep = denied || firstOpen === -1 ? null : firstOpen;
  return {
    currentStep,
    outcome: denied ? 'denied' : currentStep === null ? 'approved' : 'pending',
    perStep: tallies.map((step, index) => ({
      ...step,
      status: statusOf(step, index === currentStep),
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
  for (const record of own) {
    if (record.verdict !== 'approve' || deniedBy.has(record.person) || approvals.has(record.person))
      continue;
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
 * When the current step's deadline is due, or `null` when nothing is asked any more.
 *
 * @param openedAt when the call was held, or when steps were last added to it
 */
export function currentDeadline(
  steps: readonly Step[],
  verdicts: readonly VerdictRecord[],
  openedAt: Date,
): Date | null {
  const { currentStep, perStep } = progress(steps, verdicts);
  if (currentStep === null) return null;
  const step = steps[currentStep];
  if (step === undefined) return null;
  const previous = perStep[currentStep - 1]?.approvedAt ?? openedAt;
  return new Date(Math.max(previous.getTime(), openedAt.getTime()) + step.deadlineMs);
}

/**
 * What has to be added when a call is judged again under what is in force now.
 *
 * Nothing is ever removed, and anything looser changes nothing. A wanted step counts as asked
 * already where the same chain has one at least as strict: as many people, out of no wider circle.
 * Each existing step answers for one wanted step only.
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

function isAtLeastAsStrict(have: Step, want: Step): boolean {
  return (
    have.chain === want.chain &&
    have.quorum >= want.quorum &&
    isSubset(have.reviewers.groups, want.reviewers.groups) &&
    isSubset(have.reviewers.people, want.reviewers.people)
  );
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((item) => all.includes(item));
}

export type UnsatisfiableReason =
  'bad_quorum' | 'nobody' | 'too_few_people' | 'unknown_groups' | 'bad_deadline';

export type Satisfiability =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'no_steps' }
  | { readonly ok: false; readonly code: UnsatisfiableReason; readonly step: number };

/**
 * Can these steps ever be approved? A hold that can't is a deny, told at once.
 *
 * @param knownGroups groups known to have members; without it every named group counts
 * @param excluded person keys that may not decide: the caller's person, the service's owner
 */
export function satisfiable(
  steps: readonly ChainStep[],
  knownGroups?: Iterable<string>,
  excluded?: Iterable<string>,
): Satisfiability {
  if (steps.length === 0) return { ok: false, code: 'no_steps' };
  const known = knownGroups === undefined ? undefined : new Set(knownGroups);
  const barred = new Set(excluded);
  for (const [index, step] of steps.entries()) {
    const code = whyUnsatisfiable(step, known, barred);
    if (code !== null) return { ok: false, code, step: index };
  }
  return { ok: true };
}

/** {@link satisfiable} as a plain yes or no, for where the reason doesn't matter. */
export function isSatisfiable(steps: readonly ChainStep[]): boolean {
  return satisfiable(steps).ok;
}

function whyUnsatisfiable(
  step: ChainStep,
  known: ReadonlySet<string> | undefined,
  barred: ReadonlySet<string>,
): UnsatisfiableReason | null {
  if (!isQuorum(step.quorum)) return 'bad_quorum';
  if (!(step.deadlineMs > 0)) return 'bad_deadline';
  const groups = step.reviewers.groups.filter((group) => group !== '');
  const people = new Set(
    step.reviewers.people.filter((person) => person !== '' && !barred.has(person)),
  );
  if (groups.length === 0 && people.size === 0) return 'nobody';
  // How many people a group has is the identity provider's knowledge: one that exists may be enough.
  if (groups.some((group) => known === undefined || known.has(group))) return null;
  if (people.size >= step.quorum) return null;
  return groups.length > 0 ? 'unknown_groups' : 'too_few_people';
}

function isQuorum(quorum: number): boolean {
  return Number.isSafeInteger(quorum) && quorum >= 1;
}
