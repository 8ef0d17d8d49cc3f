import { compilePolicy, decide, loadSqlParser, type JudgedCall } from '@holdpoint/policy';
import { BenchError } from './bench.error.ts';
import { callsToJudge, policyYaml, RULES } from './decide-scenario.ts';
import { percentile, rounded } from './statistics.ts';

/** What judging costs, by itself: no network, no database, one call after the other. */
export interface DecideCost {
  readonly rules: number;
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const WARM_UP = 2_000;

/**
 * Judges calls one by one. None repeats a statement, so that no SQL is read from memory.
 *
 * @throws BenchError `wrong_answer` where the policy doesn't compile.
 */
export async function measureDecide(
  count: number,
  say: (text: string) => void,
): Promise<DecideCost> {
  await loadSqlParser();
  const result = compilePolicy(policyYaml());
  if (!result.ok) throw new BenchError('wrong_answer', JSON.stringify(result.issues[0]));
  const { policy } = result;
  const calls = callsToJudge(WARM_UP + count);
  const durationOf = (call: JudgedCall): number => {
    const started = performance.now();
    decide(policy, call);
    return performance.now() - started;
  };
  for (const call of calls.slice(0, WARM_UP)) durationOf(call);
  const durations = Float64Array.from(calls.slice(WARM_UP), durationOf);
  say(`Judged ${count} calls by ${RULES} rules`);
  return {
    rules: RULES,
    calls: count,
    p50Ms: rounded(percentile(durations, 0.5), 3),
    p99Ms: rounded(percentile(durations, 0.99), 3),
  };
}
