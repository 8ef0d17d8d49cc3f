import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from '@jest/globals';
import { parseClientFrame } from '../frame/frame.ts';
import type { JsonNode } from '../json/json-node.ts';
import { McpError } from '../mcp.error.ts';
import { FRAME_SEEDS } from './frame-seeds.ts';
import { mutate } from './mutate.ts';
import { SeededRandom } from './seeded-random.ts';

const SEED = Number(process.env['HOLDPOINT_FUZZ_SEED'] ?? 1);
const CASES = 200_000;

/** One frame a line, in base64; answers its reading a line, with every pair and literal as it stands. */
const SCRIPT = `
import base64, json, sys
number = lambda literal: {"number": literal}
for line in sys.stdin:
    try:
        value = json.loads(base64.b64decode(line), parse_int=number, parse_float=number,
                           parse_constant=lambda name: {"constant": name},
                           object_pairs_hook=lambda pairs: {"object": pairs})
    except Exception as error:
        value = {"refused": str(error)}
    print(json.dumps(value))
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;
const guarantee = `Python’s json reads ${CASES} mutated frames of seed ${SEED} as the gateway does, where it accepts them`;

// Guarantee: an upstream in Python sees the call that was judged.
if (hasPython) it(guarantee, compare, 3_600_000);
else it.skip(`${guarantee} (skipped: there is no python3 here)`, compare);

function compare(): void {
  const random = (index: number) => new SeededRandom(SEED, index);
  const frames = Array.from({ length: CASES }, (_, index) => {
    const each = random(index);
    return accepted(mutate(each.pick(FRAME_SEEDS), each));
  }).filter((frame) => frame !== undefined);
  const input = frames.map(({ bytes }) => Buffer.from(bytes).toString('base64')).join('\n');
  const { stdout, status } = spawnSync('python3', ['-c', SCRIPT], { input, maxBuffer: 1 << 30 });
  expect(status).toBe(0);
  const readings = stdout.toString('utf8').trimEnd().split('\n');
  expect(readings).toHaveLength(frames.length);
  const other = frames.filter(
    ({ root }, at) => !isDeepStrictEqual(JSON.parse(readings[at] ?? ''), pairsOf(root)),
  );
  process.stdout.write(`python: ${frames.length} accepted frames of ${CASES}, seed ${SEED}\n`);
  expect(other.map(({ text }) => text)).toEqual([]);
}

function accepted(bytes: Uint8Array) {
  try {
    return parseClientFrame(bytes);
  } catch (error) {
    if (error instanceof McpError) return undefined;
    throw error;
  }
}

function pairsOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return { object: node.members.map(({ key, value }) => [key, pairsOf(value)]) };
    case 'array':
      return node.items.map(pairsOf);
    case 'string':
    case 'boolean':
      return node.value;
    case 'number':
      return { number: node.raw };
    case 'null':
      return null;
    default:
      return node satisfies never;
  }
}
