import { loopResultSchema, type Target } from './jobs.ts';
import type { Pace } from './measure-throughput.ts';
import type { Stage } from './stage.ts';
import { median, medianRatio, rotated, rounded } from './statistics.ts';

const CONNECTIONS = 32;
/** The gateway to the instant upstream over HTTP, and to the same one through a connector. */
const WAYS = ['gateway', 'connector'] as const;
type Way = (typeof WAYS)[number];

export interface ConnectorRun {
  readonly part: 'connector';
  readonly round: number;
  readonly target: Way;
  readonly connections: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface ConnectorCost {
  /** Calls a second through a connector, to those without one, round by round. */
  readonly throughputVsHttp: number;
  /** One call at a time: a percentile through it less the same one without it. */
  readonly addedLatencyMs: { readonly p50: number; readonly p99: number };
  readonly callsPerSecond: Readonly<Record<Way, number>>;
  readonly runs: readonly ConnectorRun[];
}

/** Everything else is the same on both ways: agents, policy, records, upstream. */
export async function measureConnector(
  stage: Stage,
  { rounds, warmUpMs, durationMs }: Pace,
  onRound: (text: string) => void,
): Promise<ConnectorCost> {
  const behind = await stage.openBehindConnector();
  const targets: Readonly<Record<Way, Target>> = {
    gateway: stage.targets.gateway,
    connector: behind.target,
  };
  const runs: ConnectorRun[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const connections of [CONNECTIONS, 1]) {
        for (const target of rotated(WAYS, round)) {
          const result = await stage.load(
            {
              kind: 'closed-loop',
              target: targets[target],
              connections,
              // Compilers and caches are cold in the first round.
              warmUpMs: round === 0 ? warmUpMs * 3 : warmUpMs,
              durationMs,
            },
            loopResultSchema,
          );
          await stage.settled();
          runs.push({
            part: 'connector',
            round,
            target,
            connections,
            callsPerSecond: rounded(result.calls / result.seconds, 1),
            p50Ms: rounded(result.p50Ms, 3),
            p99Ms: rounded(result.p99Ms, 3),
          });
        }
      }
      const { throughputVsHttp, addedLatencyMs } = summary(runs);
      onRound(
        `Round ${round + 1} of ${rounds}: ${throughputVsHttp} of the calls, ${addedLatencyMs.p50} ms more (p50)`,
      );
    }
  } finally {
    await behind.close();
  }
  return { ...summary(runs), runs };
}

function summary(runs: readonly ConnectorRun[]): Omit<ConnectorCost, 'runs'> {
  const busy = (way: Way) => each(runs, way, CONNECTIONS).map((run) => run.callsPerSecond);
  const http = busy('gateway');
  const added = (of: (run: ConnectorRun) => number) => {
    const without = each(runs, 'gateway', 1).map(of);
    const through = each(runs, 'connector', 1).map(of);
    return rounded(median(through.map((value, at) => value - (without[at] ?? NaN))), 2);
  };
  return {
    throughputVsHttp: rounded(
      medianRatio(busy('connector').map((of, at) => ({ of, to: http[at] ?? NaN }))),
      3,
    ),
    addedLatencyMs: { p50: added((run) => run.p50Ms), p99: added((run) => run.p99Ms) },
    callsPerSecond: {
      gateway: rounded(median(http), 1),
      connector: rounded(median(busy('connector')), 1),
    },
  };
}

/** Round by round. */
function each(
  runs: readonly ConnectorRun[],
  way: Way,
  connections: number,
): readonly ConnectorRun[] {
  return runs
    .filter((run) => run.target === way && run.connections === connections)
    .toSorted((a, b) => a.round - b.round);
}
