import { setTimeout as sleep } from 'node:timers/promises';
import { loopResultSchema, onceResultSchema } from './jobs.ts';
import { memoryOf, type ProcessMemory } from './process-memory.ts';
import type { Stage } from './stage.ts';
import { rounded } from './statistics.ts';

const TIMES = 5;
const FREEING_MS = 10_000;

export interface MemoryUse {
  readonly manyFrames: Growth;
  /** Besides: its peak as a multiple of the frame. */
  readonly oneFrame: Growth & { readonly timesItsSize: number };
}

interface Growth {
  readonly bytes: number;
  /** Peak of the resident set over what it was just before; the largest of several answers. */
  readonly peakGrowthBytes: number;
  /** What it was above the first answer's beginning when the last one had gone for a while. */
  readonly keptBytes: number;
  readonly seconds: number;
}

/** Ten mebibytes through the gateway, first in many small frames, then in one. */
export async function measureMemory(
  stage: Stage,
  onStep: (text: string) => void,
): Promise<MemoryUse> {
  const memory = memoryOf(stage.stack.started.pids.gateway);
  // A process that did nothing yet would show its own start as growth.
  await traffic(stage);
  const manyFrames = await growth(stage, memory, 'many_frames');
  onStep('Ten mebibytes in many frames');
  const oneFrame = await growth(stage, memory, 'one_frame');
  onStep('Ten mebibytes in one frame');
  const timesItsSize = rounded(oneFrame.peakGrowthBytes / oneFrame.bytes, 2);
  return { manyFrames, oneFrame: { ...oneFrame, timesItsSize } };
}

async function growth(stage: Stage, memory: ProcessMemory, tool: string): Promise<Growth> {
  const first = await memory.now();
  const peaks: number[] = [];
  let last = { bytes: 0, seconds: 0 };
  for (let time = 0; time < TIMES; time += 1) {
    const before = await memory.now();
    await memory.resetPeak();
    last = await stage.load(
      { kind: 'once', target: stage.targets.gateway, tool },
      onceResultSchema,
    );
    peaks.push((await memory.peak()) - before);
    await stage.settled();
  }
  // Ordinary calls, and time: memory is given back when a collection runs, not when an answer ends.
  await traffic(stage);
  await sleep(FREEING_MS);
  const keptBytes = Math.max(0, (await memory.now()) - first);
  return {
    bytes: last.bytes,
    peakGrowthBytes: Math.max(...peaks),
    keptBytes,
    seconds: rounded(last.seconds, 2),
  };
}

async function traffic(stage: Stage): Promise<void> {
  await stage.load(
    {
      kind: 'closed-loop',
      target: stage.targets.gateway,
      connections: 8,
      warmUpMs: 1000,
      durationMs: 4000,
    },
    loopResultSchema,
  );
  await stage.settled();
}
