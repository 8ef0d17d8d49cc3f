import { loopResultSchema } from './jobs.ts';
import type { Pace } from './measure-throughput.ts';
import { TARGETS, type Stage, type TargetName } from './stage.ts';
import { median, rotated, rounded } from './statistics.ts';

export interface LatencyRun {
  readonly part: 'latency';
  readonly round: number;
  readonly target: TargetName;
  readonly connections: 1;
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Latency {
  readonly addedLatencyMs: { readonly p50: number; readonly p99: number };
  /** The same of the proxy that only commits: what no gateway with these promises can go below. */
  readonly addedByCommittingProxyMs: { readonly p50: number; readonly p99: number };
  readonly runs: readonly LatencyRun[];
}

/** One call at a time. Added: a percentile through it less the same percentile direct, round by round. */
export async function measureLatency(
  stage: Stage,
  { rounds, warmUpMs, durationMs }: Pace,
  onRound: (text: string) => void,
): Promise<Latency> {
  const runs: LatencyRun[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const target of rotated(TARGETS, round)) {
      const { calls, p50Ms, p99Ms } = await stage.load(
        {
          kind: 'closed-loop',
          target: stage.targets[target],
          connections: 1,
          warmUpMs,
          durationMs,
        },
        loopResultSchema,
      );
      await stage.settled();
      runs.push({
        part: 'latency',
        round,
        target,
        connections: 1,
        calls,
        p50Ms: rounded(p50Ms, 3),
        p99Ms: rounded(p99Ms, 3),
      });
    }
    const { p50, p99 } = addedBy(runs, 'gateway');
    onRound(`Round ${round + 1} of ${rounds}: the gateway adds ${p50} ms (p50), ${p99} ms (p99)`);
  }
  return {
    runs,
    addedLatencyMs: addedBy(runs, 'gateway'),
    addedByCommittingProxyMs: addedBy(runs, 'committingProxy'),
  };
}

function addedBy(runs: readonly LatencyRun[], target: TargetName) {
  const added = (of: (run: LatencyRun) => number) => {
    const through = runs.filter((run) => run.target === target);
    const direct = new Map(
      runs.filter((run) => run.target === 'direct').map((run) => [run.round, of(run)]),
    );
    return rounded(median(through.map((run) => of(run) - (direct.get(run.round) ?? NaN))), 2);
  };
  return { p50: added((run) => run.p50Ms), p99: added((run) => run.p99Ms) };
}
