import { isApprovalState, type ApprovalState } from '@holdpoint/approval';
import type { Numbers, Wait } from '@holdpoint/contracts';
import type { GivenRow, HeldRow } from './numbers.sql.ts';
import { stepWaits } from './step-waits.ts';

/** Fewer say nothing: somebody may just not have come to a bad one yet. */
export const ENOUGH_HOLDS = 10;
/** Whoever approves faster than this can hardly have read what they approved. */
const HARDLY_READ_MS = 3000;

const APPROVED: ReadonlySet<ApprovalState> = new Set([
  'approved',
  'claimed',
  'answered',
  'delivered',
  'failed',
  'unknown',
]);

/** Whoever approved it, and however. */
const RAN: ReadonlySet<keyof Numbers['outcomes']> = new Set(['approved', 'brokenGlass']);

type Figures = Omit<Numbers, 'days' | 'from' | 'to' | 'cut' | 'granted'>;

interface Rows {
  readonly held: readonly HeldRow[];
  readonly given: readonly GivenRow[];
  /** The days to show, in UTC, as `2026-11-28`. */
  readonly days: readonly string[];
}

/** The figures of what was held and decided. Knows no clock and no database. */
export function numbersOf({ held, given, days }: Rows): Figures {
  const verdicts = Map.groupBy(given, ({ approval_id }) => approval_id);
  const of = (row: HeldRow) => verdicts.get(row.id) ?? [];
  const waits = held.flatMap((row) => stepWaits(row, of(row)));
  const counted = held.flatMap((row) => of(row));
  return {
    held: held.length,
    outcomes: outcomes(held, of),
    edited: held.filter((row) => row.edited && RAN.has(outcomeOf(row, of(row)))).length,
    steps: [...Map.groupBy(waits, ({ chain, position }) => JSON.stringify([chain, position]))]
      .flatMap(([, [first, ...rest]]) =>
        first === undefined
          ? []
          : [{ chain: first.chain, position: first.position, wait: waitOf([first, ...rest]) }],
      )
      .toSorted((a, b) => compare(a.chain, b.chain) || a.position - b.position),
    groups: groups(waits),
    byDay: days.map((day) => {
      const that = counted.filter(({ at }) => at.toISOString().startsWith(day));
      const approvals = that.filter(isApproval).length;
      return { day, approvals, denials: that.length - approvals };
    }),
    reading: reading(counted),
    people: people(counted),
    alwaysApproved: alwaysApproved(held, of),
  };
}

type VerdictsOf = (row: HeldRow) => readonly GivenRow[];

function outcomes(held: readonly HeldRow[], of: VerdictsOf): Figures['outcomes'] {
  const kinds = held.map((row) => outcomeOf(row, of(row)));
  const count = (kind: keyof Figures['outcomes']) => kinds.filter((each) => each === kind).length;
  return {
    waiting: count('waiting'),
    approved: count('approved'),
    brokenGlass: count('brokenGlass'),
    deniedByPerson: count('deniedByPerson'),
    deniedOtherwise: count('deniedOtherwise'),
    nobodyDecided: count('nobodyDecided'),
    partlyDecided: count('partlyDecided'),
    takenBack: count('takenBack'),
  };
}

function outcomeOf(row: HeldRow, verdicts: readonly GivenRow[]): keyof Figures['outcomes'] {
  if (!isApprovalState(row.state)) return 'takenBack';
  if (APPROVED.has(row.state)) return row.broken ? 'brokenGlass' : 'approved';
  if (row.state === 'held') return 'waiting';
  if (row.state === 'denied' && !verdicts.every(isApproval)) return 'deniedByPerson';
  if (row.late) return verdicts.length === 0 ? 'nobodyDecided' : 'partlyDecided';
  if (row.state === 'denied') return 'deniedOtherwise';
  if (row.state !== 'expired') return 'takenBack';
  if (row.broken) return 'brokenGlass';
  // Approved by all, but its agent never came for it.
  const asked = row.steps.filter(({ isVoid }) => !isVoid);
  if (stepWaits(row, verdicts).length === asked.length) return 'approved';
  return verdicts.length === 0 ? 'nobodyDecided' : 'partlyDecided';
}

function groups(waits: ReturnType<typeof stepWaits>): Figures['groups'] {
  const asked = waits.flatMap((wait) => [
    ...wait.groups.map((group) => ({ group, ms: wait.ms })),
    ...(wait.people.length > 0 ? [{ group: null, ms: wait.ms }] : []),
  ]);
  return [...Map.groupBy(asked, ({ group }) => group)]
    .map(([group, all]) => ({ group, wait: waitOf(all) }))
    .toSorted((a, b) => compare(a.group ?? '\uffff', b.group ?? '\uffff'));
}

function people(given: readonly GivenRow[]): Figures['people'] {
  return [...Map.groupBy(given, ({ person_key }) => person_key)]
    .map(([key, theirs]) => ({
      person: {
        key,
        name: theirs.at(-1)?.person_name ?? key,
        email: theirs.at(-1)?.person_email ?? null,
      },
      denials: theirs.filter((verdict) => !isApproval(verdict)).length,
      ...reading(theirs),
    }))
    .toSorted(
      (a, b) => compare(a.person.name, b.person.name) || compare(a.person.key, b.person.key),
    );
}

function reading(given: readonly GivenRow[]): Figures['reading'] {
  const approvals = given.filter(isApproval);
  const times = approvals.flatMap(({ at, shown_at }) =>
    // Shown only after the verdict: how long it was looked at before isn't known.
    shown_at === null || shown_at > at ? [] : [at.getTime() - shown_at.getTime()],
  );
  return {
    approvals: approvals.length,
    timed: times.length,
    underThreeSeconds: times.filter((ms) => ms < HARDLY_READ_MS).length,
    medianMs: percentile(times, 0.5),
  };
}

function alwaysApproved(held: readonly HeldRow[], of: VerdictsOf): Figures['alwaysApproved'] {
  const byRule = Map.groupBy(
    held.flatMap((row) =>
      row.rules
        .filter(({ effect }) => effect === 'hold')
        .map((rule) => ({ rule, outcome: outcomeOf(row, of(row)), edited: row.edited })),
    ),
    ({ rule }) => rule.ruleId,
  );
  return [...byRule]
    .flatMap(([ruleId, all]) => {
      // What still waits or was taken back says neither yes nor no.
      const said = all.filter(({ outcome }) => outcome !== 'waiting' && outcome !== 'takenBack');
      // Nor did anybody say yes to what was asked where they changed it.
      const always = said.every(({ outcome, edited }) => outcome === 'approved' && !edited);
      if (!always || said.length < ENOUGH_HOLDS) return [];
      return [{ ruleId, description: all[0]?.rule.description ?? null, n: said.length }];
    })
    .toSorted((a, b) => b.n - a.n || compare(a.ruleId, b.ruleId));
}

function waitOf(all: readonly { readonly ms: number }[]): Wait {
  const times = all.map(({ ms }) => ms);
  return { n: times.length, medianMs: percentile(times, 0.5), p90Ms: percentile(times, 0.9) };
}

/** Nearest rank: a time that was really measured. */
export function percentile(times: readonly number[], share: number): number | null {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

const isApproval = ({ verdict }: GivenRow) => verdict === 'approve';

/** By code units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
