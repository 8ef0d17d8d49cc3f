import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { CompiledPolicy } from '../compile.ts';
import { decide } from '../decide.ts';
import type { RuleOutcome } from '../decision.ts';
import { IssueLocator, type PolicyIssue } from '../locate.ts';
import { EFFECTS } from '../schema.ts';
import { judgeCall, type Judged } from './judge-call.ts';
import { callFault, readCall, type FiledCall } from './read-call.ts';

/** Largest text of cases that is read. */
export const MAX_CASES_LENGTH = 256 * 1024;
const MAX_CASES = 1000;
const MAX_ISSUES = 100;

const casesSchema = z.strictObject({
  tests: z
    .array(
      z.strictObject({
        description: z.string().trim().min(1),
        call: z.record(z.string(), z.unknown()),
        expect: z.strictObject({
          effect: z.enum(EFFECTS),
          rules: z.array(z.string()).optional(),
          masked: z.array(z.string()).optional(),
          observed: z.array(z.string()).optional(),
        }),
      }),
    )
    .min(1)
    .max(MAX_CASES),
});

type Expectation = z.infer<typeof casesSchema>['tests'][number]['expect'];

/** A test case of a policy: what should become of one call. */
export interface PolicyCase {
  readonly description: string;
  /** Where it stands in its text, counted from 1. */
  readonly line: number;
  /** The call as JSON, as {@link readCall} takes it. */
  readonly call: string;
  readonly expected: Expectation;
}

export type ParsedCases =
  | { readonly ok: true; readonly cases: readonly PolicyCase[] }
  | { readonly ok: false; readonly issues: readonly PolicyIssue[] };

export interface PolicyCaseResult {
  readonly case: PolicyCase;
  /** One sentence a difference; none where the case passed. */
  readonly differences: readonly string[];
}

/** Reads the test cases of a policy. Never throws; every fault is an issue with its place. */
export function parseCases(yaml: string): ParsedCases {
  if (yaml.length > MAX_CASES_LENGTH) return failed('Test cases may have at most 256 KiB.');
  try {
    return parse(yaml);
  } catch {
    // Nesting that overflows a parser's stack, or aliases that multiply.
    return failed(
      'The test cases are nested too deeply or repeat themselves too often to be read.',
    );
  }
}

function parse(yaml: string): ParsedCases {
  const lines = new LineCounter();
  // Whole numbers beyond a double's precision keep their digits.
  const document = parseDocument(yaml, {
    lineCounter: lines,
    prettyErrors: false,
    intAsBigInt: true,
  });
  const locator = new IssueLocator(yaml, lines, document);
  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    locator.atOffset(pos[0], pos[1], message),
  );
  if (broken.length > 0) return { ok: false, issues: broken.slice(0, MAX_ISSUES) };

  const parsed = casesSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => {
      const place = path.filter((step) => typeof step !== 'symbol');
      return locator.atValue(place, `${place.join('.') || 'The test cases'}: ${message}`);
    });
    return { ok: false, issues };
  }
  const unsaid = parsed.data.tests.flatMap(({ call }, index) =>
    placesOutsideJson(call, ['tests', index, 'call']),
  );
  if (unsaid.length > 0) {
    const issues = unsaid
      .slice(0, MAX_ISSUES)
      .map((place) => locator.atValue(place, `${place.join('.')}: no call can say this number.`));
    return { ok: false, issues };
  }
  const cases = parsed.data.tests.map(({ description, call, expect }, index) => ({
    description,
    line: locator.atValue(['tests', index], '').line,
    call: jsonText(call),
    expected: expect,
  }));
  return { ok: true, cases };
}

/** Runs one case. A call that can't be read fails it; `now` is its time where it names none. */
export function runCase(policy: CompiledPolicy, one: PolicyCase, now: Date): PolicyCaseResult {
  try {
    const filed = readCall(one.call, now);
    const judged = judgeCall(policy, filed);
    const actual = { ...judged, ...silentRules(policy, filed) };
    return { case: one, differences: differencesOf(one.expected, actual) };
  } catch (error) {
    const reason = callFault(error);
    if (reason === undefined) throw error;
    return { case: one, differences: [`the call can't be read: ${reason.message}`] };
  }
}

/** Rules that don't decide: those which mask the answer, and those which only observe. */
interface SilentRules {
  readonly masked: readonly string[];
  readonly observed: readonly string[];
}

function silentRules(policy: CompiledPolicy, { call, facts }: FiledCall): SilentRules {
  const { outcomes } = decide(policy, call, facts);
  const applied = outcomes.filter(
    ({ matched, condition }) => matched || condition?.value === 'error',
  );
  const masking = new Set(policy.rules.filter(({ masks }) => masks.length > 0).map(({ id }) => id));
  const idsOf = (some: readonly RuleOutcome[]) => some.map(({ ruleId }) => ruleId);
  return {
    masked: idsOf(applied.filter(({ observed, ruleId }) => !observed && masking.has(ruleId))),
    observed: idsOf(applied.filter(({ observed }) => observed)),
  };
}

function differencesOf(expected: Expectation, actual: Judged & SilentRules): readonly string[] {
  const differences: string[] = [];
  if (actual.effect !== expected.effect) {
    differences.push(`expected ${expected.effect}, but it is ${actual.effect}`);
  }
  for (const [key, by] of COMPARED) {
    const [wanted, found] = [expected[key] ?? actual[key], actual[key]].map(listOf);
    if (wanted !== found) differences.push(`expected it ${by} ${wanted}, but it is ${by} ${found}`);
  }
  return differences.length === 0 ? [] : [...differences, actual.explanation];
}

const COMPARED = [
  ['rules', 'from'],
  ['masked', 'masked by'],
  ['observed', 'observed by'],
] as const;

/** In one order, since rules have none. */
function listOf(rules: readonly string[]): string {
  return rules.length === 0 ? 'no rule' : [...new Set(rules)].sort().join(', ');
}

type Place = readonly (string | number)[];

/** Where YAML says a number that JSON can't (`.nan`, `.inf`, `1e999`): it would become `null`. */
function placesOutsideJson(value: unknown, place: Place): readonly Place[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [place];
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown, index) => placesOutsideJson(one, [...place, index]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => placesOutsideJson(one, [...place, key]));
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

function failed(message: string): ParsedCases {
  return {
    ok: false,
    issues: [{ message, path: [], line: 1, column: 1, endLine: 1, endColumn: 1 }],
  };
}
