import { parseArgs } from 'node:util';
import { BenchError } from './bench.error.ts';

export const PARTS = ['throughput', 'latency', 'connector', 'held', 'memory', 'decide'] as const;
export type Part = (typeof PARTS)[number];
export type StagedPart = Exclude<Part, 'decide'>;

/** Whether it measures the running product, and so needs it built and started. */
export function needsStage(part: Part): part is StagedPart {
  return part !== 'decide';
}

export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly isQuick: boolean;
  /** Calls held at once. */
  readonly held: number;
  readonly json: string | undefined;
  readonly chart: string | undefined;
  readonly profileDir: string | undefined;
}

const HELD = 10_000;
const HELD_QUICK = 200;

/** @throws BenchError `bad_option` */
export function readOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const isQuick = values.quick;
  const held = Number(values.held ?? (isQuick ? HELD_QUICK : HELD));
  if (!Number.isInteger(held) || held < 1) {
    throw new BenchError('bad_option', '--held takes a number of calls.');
  }
  const { json, chart, profile: profileDir } = values;
  return { parts: partsOf(values.only), isQuick, held, json, chart, profileDir };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'string' },
        chart: { type: 'string' },
        profile: { type: 'string' },
        only: { type: 'string' },
        held: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new BenchError(
      'bad_option',
      `The options are --json FILE, --chart FILE.svg, --quick, --held N, --profile FOLDER and --only ${PARTS.join('|')}.`,
      { cause },
    );
  }
}

function partsOf(only: string | undefined): readonly Part[] {
  if (only === undefined) return PARTS;
  const part = PARTS.find((each) => each === only);
  if (part === undefined) throw new BenchError('bad_option', `--only takes ${PARTS.join(', ')}.`);
  return [part];
}
