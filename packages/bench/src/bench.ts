import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { barChart } from './chart.ts';
import { measureConnector } from './measure-connector.ts';
import { measureDecide } from './measure-decide.ts';
import { HELD_OF_ONE, measureHeld } from './measure-held.ts';
import { measureLatency } from './measure-latency.ts';
import { measureMemory } from './measure-memory.ts';
import { measureThroughput, type Pace } from './measure-throughput.ts';
import { needsStage, type BenchOptions, type StagedPart } from './options.ts';
import { canReadMemory } from './process-memory.ts';
import { reportOf, TARGET_TITLES, tableOf, type Measured, type Report } from './report.ts';
import { setStage, TARGETS, type Stage } from './stage.ts';

export { BenchError } from './bench.error.ts';
export { needsStage, readOptions } from './options.ts';

const PACES: Readonly<Record<'throughput' | 'latency', Pace>> = {
  throughput: { rounds: 5, warmUpMs: 1500, durationMs: 4000 },
  latency: { rounds: 5, warmUpMs: 500, durationMs: 3000 },
};
const QUICK: Pace = { rounds: 2, warmUpMs: 500, durationMs: 1500 };

/**
 * `npm run bench`: measures what is built, on a stack of its own that is gone afterwards.
 *
 * @throws BenchError, or TestkitError where the stack does not start.
 */
export async function bench(options: BenchOptions): Promise<number> {
  const staged = options.parts.filter(needsStage);
  const measured: Measured = {};
  // First, while nothing else runs.
  if (options.parts.includes('decide')) {
    Object.assign(measured, { decide: await measureDecide(options.isQuick ? 5_000 : 50_000, say) });
  }
  const versions =
    staged.length === 0
      ? { node: process.versions.node }
      : await measureOnStage(staged, options, measured);
  const report = reportOf(measured, versions);
  process.stdout.write(`${tableOf(report)}\n`);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (options.chart !== undefined) await writeFile(options.chart, chartOf(report));
  return 0;
}

/** Adds to what is measured, and tells with which versions. */
async function measureOnStage(
  parts: readonly StagedPart[],
  options: BenchOptions,
  measured: Measured,
): Promise<Report['machine']['versions']> {
  const stage = await setStage({
    callers: parts.includes('held') ? Math.ceil(options.held / HELD_OF_ONE) : 0,
    profileDir: options.profileDir === undefined ? undefined : resolve(options.profileDir),
    onStep: say,
  });
  try {
    for (const part of parts) Object.assign(measured, await measure(part, stage, options));
    return stage.versions;
  } finally {
    await stage.close();
  }
}

async function measure(part: StagedPart, stage: Stage, options: BenchOptions): Promise<Measured> {
  const { isQuick, held } = options;
  switch (part) {
    case 'throughput':
      return {
        throughput: await measureThroughput(stage, isQuick ? QUICK : PACES.throughput, say),
      };
    case 'latency':
      return { latency: await measureLatency(stage, isQuick ? QUICK : PACES.latency, say) };
    case 'connector':
      return { connector: await measureConnector(stage, isQuick ? QUICK : PACES.latency, say) };
    case 'held':
      return { held: await measureHeld(stage, held, say) };
    case 'memory':
      if (canReadMemory) return { memory: await measureMemory(stage, say) };
      say('Memory is not measured: only Linux tells what another process uses');
      return {};
    default:
      return part satisfies never;
  }
}

function chartOf({ callsPerSecond, machine }: Report): string {
  const bars = TARGETS.map((target) => ({
    label: TARGET_TITLES[target],
    value: callsPerSecond?.[target] ?? 0,
    isAccented: target === 'gateway',
  }));
  return barChart(
    'Calls a second at 32 connections',
    `Instant upstream, ${machine.cores} cores for everything, every record committed with fsync`,
    bars,
  );
}

function say(text: string): void {
  process.stdout.write(`  ✓ ${text}\n`);
}
