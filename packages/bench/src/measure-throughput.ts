import { loopResultSchema } from './jobs.ts';
import { TARGETS, type Stage, type TargetName } from './stage.ts';
import { median, medianRatio, rotated, rounded } from './statistics.ts';

const CONNECTIONS = 32;

export interface ThroughputRun {
  readonly part: 'throughput';
  readonly round: number;
  readonly target: TargetName;
  readonly connections: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Entries that the sequencer had still to place when the run ended. */
  readonly backlog: number;
}

export interface Throughput {
  readonly ratios: {
    readonly throughputVsBareProxy: number;
    readonly throughputVsCommittingProxy: number;
  };
  readonly callsPerSecond: Readonly<Record<TargetName, number>>;
  readonly runs: readonly ThroughputRun[];
}

export interface Pace {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** All four in every round, each round begun by another one: what the machine does meanwhile hits all. */
export async function measureThroughput(
  stage: Stage,
  { rounds, warmUpMs, durationMs }: Pace,
  onRound: (text: string) => void,
): Promise<Throughput> {
  const runs: ThroughputRun[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const target of rotated(TARGETS, round)) {
      const result = await stage.load(
        {
          kind: 'closed-loop',
          target: stage.targets[target],
          connections: CONNECTIONS,
          // Compilers and caches are cold in the first round.
          warmUpMs: round === 0 ? warmUpMs * 3 : warmUpMs,
          durationMs,
        },
        loopResultSchema,
      );
      const { backlog } = await stage.settled();
      runs.push({
        part: 'throughput',
        round,
        target,
        connections: CONNECTIONS,
        callsPerSecond: rounded(result.calls / result.seconds, 1),
        p50Ms: rounded(result.p50Ms, 3),
        p99Ms: rounded(result.p99Ms, 3),
        backlog,
      });
    }
    const rates = TARGETS.map(
      (target) => `${target} ${Math.round(rateOf(runs, target).at(-1) ?? 0)}`,
    );
    onRound(`Round ${round + 1} of ${rounds}: ${rates.join(', ')} calls/s`);
  }
  return { runs, ...summary(runs) };
}

function summary(runs: readonly ThroughputRun[]): Omit<Throughput, 'runs'> {
  const gateway = rateOf(runs, 'gateway');
  const against = (target: TargetName) => {
    const other = rateOf(runs, target);
    return rounded(medianRatio(gateway.map((of, at) => ({ of, to: other[at] ?? NaN }))), 3);
  };
  const middle = (target: TargetName) => rounded(median(rateOf(runs, target)), 1);
  return {
    ratios: {
      throughputVsBareProxy: against('bareProxy'),
      throughputVsCommittingProxy: against('committingProxy'),
    },
    callsPerSecond: {
      direct: middle('direct'),
      bareProxy: middle('bareProxy'),
      committingProxy: middle('committingProxy'),
      gateway: middle('gateway'),
    },
  };
}

/** Round by round. */
function rateOf(runs: readonly ThroughputRun[], target: TargetName): readonly number[] {
  return runs
    .filter((run) => run.target === target)
    .toSorted((a, b) => a.round - b.round)
    .map((run) => run.callsPerSecond);
}
