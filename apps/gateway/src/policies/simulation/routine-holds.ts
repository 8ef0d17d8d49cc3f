import { member, paramsOf, toValue, type Frame } from '@holdpoint/mcp';
import { sqlFacts, type SqlReading } from '@holdpoint/policy';
import type { SettledHold } from './suggestion.sql.ts';

/** Fewer say nothing: somebody may just not have come to a dangerous one yet. */
const MIN_HOLDS = 10;
const ALMOST_UNREAD_MS = 3000;
const APPROVED: ReadonlySet<string> = new Set([
  'approved',
  'claimed',
  'answered',
  'delivered',
  'failed',
  'unknown',
]);
/** Nobody said yes or no: the agent left, or the gateway asked anew. */
const UNDECIDED: ReadonlySet<string> = new Set(['held', 'withdrawn', 'void']);

/** Holds of one shape that people always approved. */
export interface RoutineHolds {
  readonly connectionId: string;
  readonly method: string;
  readonly target: string;
  /** The rules that held them; none where the default did. */
  readonly ruleIds: readonly string[];
  readonly holds: readonly SettledHold[];
  readonly medianMs: number;
  readonly underThreeSeconds: number;
}

/**
 * Groups by what held which tool where. One denial, one approval that ran out of time, by break-glass or
 * with changed arguments, and the whole group is no routine.
 */
export function routineHolds(all: readonly SettledHold[]): readonly RoutineHolds[] {
  const groups = Map.groupBy(all, ({ connection_id, method, target, decision }) =>
    JSON.stringify([connection_id, method, target, ruleIdsOf(decision)]),
  );
  return [...groups.values()].flatMap((holds) => {
    const decided = holds.filter(({ state }) => !UNDECIDED.has(state));
    const [first] = decided;
    if (first === undefined || decided.length < MIN_HOLDS) return [];
    if (
      !decided.every(({ state, denied, otherwise }) => APPROVED.has(state) && !denied && !otherwise)
    )
      return [];
    // What the catalogue or an error holds isn't routine, however often it is approved.
    if (!decided.every(({ decision: { source } }) => source === 'rule' || source === 'default')) {
      return [];
    }
    const times = decided.flatMap(({ verdict_ms }) => verdict_ms ?? []).toSorted((a, b) => a - b);
    return [
      {
        connectionId: first.connection_id,
        method: first.method,
        target: first.target,
        ruleIds: ruleIdsOf(first.decision),
        holds: decided,
        medianMs: times[times.length >> 1] ?? 0,
        underThreeSeconds:
          times.filter((time) => time < ALMOST_UNREAD_MS).length / Math.max(1, times.length),
      },
    ];
  });
}

function ruleIdsOf({ rules }: SettledHold['decision']): readonly string[] {
  return rules.map(({ ruleId }) => ruleId).toSorted();
}

/** Arguments that are programs: which of them only read can't be told. */
const PROGRAMS = /^(?:command|cmd|script|code|shell|bash|program|source|expression|eval)s?$/i;
const SQL_ARGUMENT = /^(?:sql|query|statement)s?$/i;

/** How the rules read an argument that holds SQL. */
type DialectOf = (argument: string) => SqlReading['dialect'];

/**
 * Whether letting such a call pass unasked could do harm that its shape doesn't show: it runs a
 * program, or SQL that isn't known to only read, or SQL where the condition of a proposal doesn't look.
 *
 * @param frame - attacker-controlled
 */
export function mayDoHarm(frame: Frame, dialectOf: DialectOf = () => 'postgres'): boolean {
  const looked = sqlArgument(frame);
  return Object.entries(argumentsOf(frame)).some(([name, value]) =>
    name === looked && typeof value === 'string'
      ? sqlFacts(value, dialectOf(name)).mutates
      : isProgram(name, value, 0),
  );
}

/** The name of the argument that holds SQL, where there is one at the top. */
export function sqlArgument(frame: Frame): string | undefined {
  return Object.keys(argumentsOf(frame)).find(
    (name) => /^[a-z]+$/i.test(name) && SQL_ARGUMENT.test(name),
  );
}

function argumentsOf(frame: Frame): object {
  const node = member(paramsOf(frame.message), 'arguments');
  const args: unknown = node === undefined ? {} : toValue(node);
  return typeof args === 'object' && args !== null ? args : {};
}

/** The next call may have another one there. */
function isProgram(name: string, value: unknown, depth: number): boolean {
  if (depth > 20) return true;
  if (typeof value === 'string')
    return PROGRAMS.test(name) || SQL_ARGUMENT.test(name) || isSql(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((one) => isProgram(name, one, depth + 1));
  return Object.entries(value).some(([key, one]) => isProgram(key, one, depth + 1));
}

function isSql(text: string): boolean {
  return sqlFacts(text).valid || sqlFacts(text, 'mysql').valid;
}
