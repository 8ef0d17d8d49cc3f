import { availableParallelism, totalmem } from 'node:os';
import type { ConnectorCost, ConnectorRun } from './measure-connector.ts';
import type { DecideCost } from './measure-decide.ts';
import type { Held } from './measure-held.ts';
import type { Latency, LatencyRun } from './measure-latency.ts';
import type { MemoryUse } from './measure-memory.ts';
import type { Throughput, ThroughputRun } from './measure-throughput.ts';
import { TARGETS, type TargetName } from './stage.ts';

export const TARGET_TITLES: Readonly<Record<TargetName, string>> = {
  direct: 'direct',
  bareProxy: 'bare proxy',
  committingProxy: 'committing proxy',
  gateway: 'gateway',
};

/** What `--json` writes. A part that was not measured is left out. */
export interface Report {
  readonly machine: {
    readonly cores: number;
    readonly memoryBytes: number;
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly ratios?: Throughput['ratios'];
  readonly callsPerSecond?: Throughput['callsPerSecond'];
  readonly addedLatencyMs?: Latency['addedLatencyMs'];
  readonly addedByCommittingProxyMs?: Latency['addedByCommittingProxyMs'];
  readonly connector?: Omit<ConnectorCost, 'runs'>;
  readonly held?: Held;
  readonly memory?: MemoryUse;
  readonly decide?: DecideCost;
  readonly runs: readonly (ThroughputRun | LatencyRun | ConnectorRun)[];
}

export interface Measured {
  readonly throughput?: Throughput;
  readonly latency?: Latency;
  readonly connector?: ConnectorCost;
  readonly held?: Held;
  readonly memory?: MemoryUse;
  readonly decide?: DecideCost;
}

export function reportOf(
  { throughput, latency, connector, held, memory, decide }: Measured,
  versions: Readonly<Record<string, string>>,
): Report {
  return {
    machine: { cores: availableParallelism(), memoryBytes: totalmem(), versions },
    ...(throughput && { ratios: throughput.ratios, callsPerSecond: throughput.callsPerSecond }),
    ...(latency && {
      addedLatencyMs: latency.addedLatencyMs,
      addedByCommittingProxyMs: latency.addedByCommittingProxyMs,
    }),
    ...(connector && { connector: withoutRuns(connector) }),
    ...(held && { held }),
    ...(memory && { memory }),
    ...(decide && { decide }),
    runs: [...(throughput?.runs ?? []), ...(latency?.runs ?? []), ...(connector?.runs ?? [])],
  };
}

function withoutRuns({ runs: _runs, ...rest }: ConnectorCost): Omit<ConnectorCost, 'runs'> {
  return rest;
}

interface Line {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  readonly isMet: boolean | undefined;
}

/** For the terminal: what was measured, beside what was aimed at. */
export function tableOf(report: Report): string {
  const lines = [
    ...throughputLines(report),
    ...latencyLines(report),
    ...connectorLines(report),
    ...heldLines(report),
    ...memoryLines(report),
    ...decideLines(report),
  ];
  const width = Math.max(...lines.map(({ what }) => what.length));
  const rows = lines.map(({ what, measured, goal, isMet }) => {
    const mark = isMet === undefined ? ' ' : isMet ? '✓' : '✗';
    return `  ${mark} ${what.padEnd(width)}  ${measured.padStart(14)}  ${goal}`.trimEnd();
  });
  const { cores, memoryBytes, versions } = report.machine;
  const { node = '', postgres } = versions;
  const database =
    postgres === undefined ? '' : `, Postgres ${postgres}, fsync and synchronous_commit on`;
  const machine = `${cores} cores, ${gibibytes(memoryBytes)}, Node ${node}${database}`;
  return `\n  ${machine}\n\n${rows.join('\n')}\n`;
}

function throughputLines({ callsPerSecond, ratios }: Report): readonly Line[] {
  if (callsPerSecond === undefined || ratios === undefined) return [];
  const rates = TARGETS.map((target) => ({
    what: `calls a second, 32 connections, ${TARGET_TITLES[target]}`,
    measured: String(Math.round(callsPerSecond[target])),
    goal: '',
    isMet: undefined,
  }));
  return [
    ...rates,
    atLeast('gateway to committing proxy', ratios.throughputVsCommittingProxy, 0.8),
    atLeast('gateway to bare proxy', ratios.throughputVsBareProxy, 0.6),
  ];
}

function latencyLines({ addedLatencyMs, addedByCommittingProxyMs }: Report): readonly Line[] {
  if (addedLatencyMs === undefined || addedByCommittingProxyMs === undefined) return [];
  return [
    atMost('added at one connection, p50', addedLatencyMs.p50, 2, 'ms'),
    atMost('added at one connection, p99', addedLatencyMs.p99, 10, 'ms'),
    plain('the same of the committing proxy, p50', `${addedByCommittingProxyMs.p50} ms`),
    plain('the same of the committing proxy, p99', `${addedByCommittingProxyMs.p99} ms`),
  ];
}

function connectorLines({ connector }: Report): readonly Line[] {
  if (connector === undefined) return [];
  const { callsPerSecond, throughputVsHttp, addedLatencyMs } = connector;
  return [
    plain('calls a second through the gateway, to HTTP', String(callsPerSecond.gateway)),
    plain('the same through a connector', String(callsPerSecond.connector)),
    atLeast('connector to HTTP', throughputVsHttp, 0.7),
    atMost('added by a connector at one connection, p50', addedLatencyMs.p50, 2, 'ms'),
    plain('the same, p99', `${addedLatencyMs.p99} ms`),
  ];
}

function heldLines({ held }: Report): readonly Line[] {
  if (held === undefined) return [];
  return [
    plain('calls held at once', String(held.count)),
    plain('opened in', `${held.openedInSeconds} s`),
    atMost('memory of the gateway meanwhile', mebibytes(held.rssBytes), 1024, 'MiB'),
    atMost('verdict to answer, p99', held.verdictToAnswerP99Ms, 250, 'ms'),
    atLeast('verdicts a second', held.verdictsPerSecond, 49),
  ];
}

function memoryLines({ memory }: Report): readonly Line[] {
  if (memory === undefined) return [];
  const { manyFrames, oneFrame } = memory;
  return [
    plain('10 MiB in many frames: growth', `${mebibytes(manyFrames.peakGrowthBytes)} MiB`),
    plain('kept afterwards', `${mebibytes(manyFrames.keptBytes)} MiB`),
    atMost('10 MiB in one frame: times its size', oneFrame.timesItsSize, 4, '×'),
    plain('kept afterwards', `${mebibytes(oneFrame.keptBytes)} MiB`),
  ];
}

function decideLines({ decide }: Report): readonly Line[] {
  if (decide === undefined) return [];
  return [
    plain(`a decision by ${decide.rules} rules, p50`, `${decide.p50Ms} ms`),
    atMost('the same, p99', decide.p99Ms, 1, 'ms'),
  ];
}

const atLeast = (what: string, value: number, goal: number): Line => ({
  what,
  measured: String(value),
  goal: `at least ${goal}`,
  isMet: value >= goal,
});

const atMost = (what: string, value: number, goal: number, unit: string): Line => ({
  what,
  measured: `${value} ${unit}`,
  goal: `at most ${goal} ${unit}`,
  isMet: value <= goal,
});

const plain = (what: string, measured: string): Line => ({
  what,
  measured,
  goal: '',
  isMet: undefined,
});

const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
const gibibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 3)} GiB`;
