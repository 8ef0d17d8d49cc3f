import { EFFECTS, type CompiledPolicy } from '@holdpoint/policy';
import { isMap, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { LauncherError } from '../launcher.error.ts';
import { callFault, readCall } from './call-line.ts';
import { judgeCall, type Judged } from './judge.ts';

const testsSchema = z.strictObject({
  tests: z
    .array(
      z.strictObject({
        description: z.string().trim().min(1),
        call: z.record(z.string(), z.unknown()),
        expect: z.strictObject({
          effect: z.enum(EFFECTS),
          rules: z.array(z.string()).optional(),
        }),
      }),
    )
    .min(1),
});

type Expectation = z.infer<typeof testsSchema>['tests'][number]['expect'];

/** A test of a policy: what should become of one call. */
export interface PolicyTest {
  readonly description: string;
  /** Where it stands in its file, counted from 1. */
  readonly line: number;
  /** The call as JSON, as `policy judge` reads it. */
  readonly call: string;
  readonly expected: Expectation;
}

export interface PolicyTestResult {
  readonly test: PolicyTest;
  /** One sentence a difference; none where the test passed. */
  readonly differences: readonly string[];
}

/** `orders.yaml` is tested by `orders.tests.yaml` beside it. */
export function testsFileOf(policyFile: string): string {
  const match = /^(.*?)(\.ya?ml)?$/s.exec(policyFile);
  return `${match?.[1] ?? policyFile}.tests${match?.[2] ?? '.yaml'}`;
}

/**
 * Reads a file of tests.
 *
 * @throws LauncherError `bad_tests` with every fault as `file:line:column`
 */
export function parseTests(file: string, yaml: string): readonly PolicyTest[] {
  const lines = new LineCounter();
  // Whole numbers beyond a double's precision keep their digits.
  const document = parseDocument(yaml, {
    lineCounter: lines,
    prettyErrors: false,
    intAsBigInt: true,
  });
  const placeAt = (offset: number) => lines.linePos(offset);
  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    fault(file, placeAt(pos[0]), message),
  );
  if (broken.length > 0) throw new LauncherError('bad_tests', broken.join('\n'));

  const parsed = testsSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) =>
      fault(file, placeAt(offsetOf(document, path)), `${path.join('.')}: ${message}`),
    );
    throw new LauncherError('bad_tests', faults.join('\n'));
  }
  return parsed.data.tests.map(({ description, call, expect }, index) => ({
    description,
    line: placeAt(offsetOf(document, ['tests', index])).line,
    call: jsonText(call),
    expected: expect,
  }));
}

/** Runs one test. A call that can't be read fails its test. */
export function runTest(policy: CompiledPolicy, test: PolicyTest, now: Date): PolicyTestResult {
  try {
    const judged = judgeCall(policy, readCall(test.call, now));
    return { test, differences: differencesOf(test.expected, judged) };
  } catch (error) {
    const reason = callFault(error);
    if (reason === undefined) throw error;
    return { test, differences: [`the call can't be read: ${reason.message}`] };
  }
}

function differencesOf(expected: Expectation, judged: Judged): readonly string[] {
  const differences: string[] = [];
  if (judged.effect !== expected.effect) {
    differences.push(`expected ${expected.effect}, but it is ${judged.effect}`);
  }
  const [wanted, actual] = [expected.rules ?? judged.rules, judged.rules].map(listOf);
  if (wanted !== actual) differences.push(`expected it from ${wanted}, but it is from ${actual}`);
  return differences.length === 0 ? [] : [...differences, judged.explanation];
}

/** In one order, since rules have none. */
function listOf(rules: readonly string[]): string {
  return rules.length === 0 ? 'no rule' : [...new Set(rules)].sort().join(', ');
}

/** The offset of the deepest node on the path that is in the text. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    const child: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    const start = startOf(child);
    if (start === undefined) break;
    node = child;
    offset = start;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const start: unknown = Array.isArray(node.range) ? node.range[0] : undefined;
  return typeof start === 'number' ? start : undefined;
}

function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(
    ([key, one]) => `${JSON.stringify(key)}:${jsonText(one)}`,
  );
  return `{${members.join(',')}}`;
}

function fault(file: string, place: { line: number; col: number }, message: string): string {
  return `${file}:${Math.max(1, place.line)}:${Math.max(1, place.col)}: ${message}`;
}
