import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { dialectFault } from '../sql/dialect.ts';
import { didYouMean } from '../suggest.ts';
import { childNodes } from './ast-nodes.ts';
import { windowFault } from './counts.ts';
import { asWritten, conditionEnvironment, functionStandIn, standIn } from './environment.ts';
import { hoursFault } from './office-hours.ts';
import { compilePattern } from './pattern.ts';
import { ACCESSORS, zoneFault } from './zoned-time.ts';

/** A condition that has been read and type-checked. */
export interface Condition {
  readonly source: string;
  readonly evaluate: ParseResult;
  /** True when the answer is the same for every call of this caller to this tool. */
  readonly independentOfArguments: boolean;
  /** True when it is also the same for every caller: it looks at connection and tool alone. */
  readonly independentOfCaller: boolean;
  /** How deep comprehensions (`exists`, `all`, `map` …) nest: the exponent of their cost. */
  readonly comprehensionDepth: number;
  /** True when it may look at the whole parameters beside the arguments. */
  readonly readsParams: boolean;
  /** True when it may look at the tool's definition. */
  readonly readsTool: boolean;
  /** True when it makes lists out of texts. */
  readonly splitsText: boolean;
  /** The windows of its `count(…)`, as written. */
  readonly windows: readonly string[];
}

/** A fault in a condition; `start` and `end` are offsets into its source. */
interface ConditionIssue {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export type ConditionResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly issue: ConditionIssue };

const VARIABLES = ['connection', 'call', 'tool', 'args', 'caller', 'session', 'now'];
const VARYING = ['args', 'call', 'session', 'now'];
const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const MAX_COMPREHENSION_DEPTH = 2;

interface Survey {
  readonly variables: Set<string>;
  readonly windows: Set<string>;
  depth: number;
  splits: boolean;
}

/** Reads and type-checks a condition; never throws. */
export function compileCondition(source: string): ConditionResult {
  try {
    const evaluate = conditionEnvironment.parse(source);
    const survey: Survey = { variables: new Set(), windows: new Set(), depth: 0, splits: false };
    const fault = prepare(evaluate.ast, survey, 0);
    if (fault !== undefined) return { ok: false, issue: fault };

    const checked = evaluate.check();
    if (!checked.valid) return { ok: false, issue: celIssue(checked.error, source) };
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      const message = `A condition must be true or false, but this is ${checked.type ?? 'unknown'}.`;
      return { ok: false, issue: { message, start: 0, end: source.length } };
    }
    const { variables, windows } = survey;
    const isFreeOf = (names: readonly string[]) =>
      windows.size === 0 && !names.some((name) => variables.has(name));
    return {
      ok: true,
      condition: {
        source,
        evaluate,
        independentOfArguments: isFreeOf(VARYING),
        independentOfCaller: isFreeOf([...VARYING, 'caller']),
        comprehensionDepth: survey.depth,
        readsParams: variables.has('call'),
        readsTool: variables.has('tool'),
        splitsText: survey.splits,
        windows: [...windows],
      },
    };
  } catch (error) {
    return { ok: false, issue: celIssue(error, source) };
  }
}

/**
 * Walks the whole expression before it is type-checked: literals that a function reads are checked
 * and compiled, and functions of the library that ours stand in for are replaced.
 */
function prepare(node: ASTNode, survey: Survey, depth: number): ConditionIssue | undefined {
  let inner = depth;
  if (node.op === 'id') survey.variables.add(node.args);
  if (node.op === 'call') {
    const [name, callArguments] = node.args;
    const fault = prepareCall(node, name, callArguments, survey);
    if (fault !== undefined) return fault;
    node.args[0] = functionStandIn(name);
  }
  if (node.op === 'rcall') {
    const [name, , callArguments] = node.args;
    const fault = prepareMethod(node, name, callArguments);
    if (fault !== undefined) return fault;
    node.args[0] = standIn(name, callArguments.length);
    if (name === 'split') survey.splits = true;
    if (COMPREHENSIONS.has(name)) inner = depth + 1;
    survey.depth = Math.max(survey.depth, inner);
    if (inner > MAX_COMPREHENSION_DEPTH) {
      return issueAt(node, `${name}() may be nested ${MAX_COMPREHENSION_DEPTH} deep at most.`);
    }
  }
  for (const child of childNodes(node.args)) {
    const fault = prepare(child, survey, inner);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function prepareCall(
  node: ASTNode,
  name: string,
  callArguments: readonly ASTNode[],
  survey: Survey,
): ConditionIssue | undefined {
  if (asWritten(name) !== name) return issueAt(node, 'Unknown function.');
  if (name === 'count') return prepareWindow(node, callArguments, survey);
  if (name === 'sql' && callArguments.length > 1) {
    return literalFault(node, callArguments[1], 'The dialect of sql()', dialectFault);
  }
  if (name !== 'within') return undefined;
  const [, hours, zone] = callArguments;
  return (
    literalFault(node, hours, 'The hours of within()', hoursFault) ??
    literalFault(node, zone, 'The time zone of within()', zoneFault)
  );
}

function prepareMethod(
  node: ASTNode,
  name: string,
  callArguments: readonly ASTNode[],
): ConditionIssue | undefined {
  if (name === 'matches') return preparePattern(node, callArguments);
  if (asWritten(name) !== name) return issueAt(node, 'Unknown function.');
  const [zone] = callArguments;
  const isLiteral = zone?.op === 'value' && typeof zone.args === 'string';
  if (!ACCESSORS.has(name) || !isLiteral) return undefined;
  return literalFault(node, zone, 'The time zone', zoneFault);
}

/** A literal, so that a slip shows when the policy is saved and not when it is needed. */
function literalFault(
  node: ASTNode,
  argument: ASTNode | undefined,
  what: string,
  faultOf: (text: string) => string | undefined,
): ConditionIssue | undefined {
  if (argument?.op !== 'value' || typeof argument.args !== 'string') {
    return issueAt(node, `${what} must be a literal text.`);
  }
  const fault = faultOf(argument.args);
  return fault === undefined ? undefined : issueAt(argument, fault);
}

/** A literal, so that it is known before a decision what must be counted for it. */
function prepareWindow(
  node: ASTNode,
  [window]: readonly ASTNode[],
  survey: Survey,
): ConditionIssue | undefined {
  const fault = literalFault(node, window, 'The window of count()', windowFault);
  if (window?.op === 'value' && typeof window.args === 'string') survey.windows.add(window.args);
  return fault;
}

function preparePattern(node: ASTNode, patterns: readonly ASTNode[]): ConditionIssue | undefined {
  const [pattern] = patterns;
  if (pattern === undefined) return undefined;
  if (pattern.op !== 'value' || typeof pattern.args !== 'string') {
    return issueAt(node, 'The pattern of matches() must be a literal text.');
  }
  try {
    compilePattern(pattern.args);
    return undefined;
  } catch (error) {
    return issueAt(pattern, error instanceof Error ? error.message : 'Invalid regular expression.');
  }
}

function issueAt(node: ASTNode, message: string): ConditionIssue {
  return { message, start: node.range.start, end: node.range.end };
}

/** The library's errors carry a short `summary` and a `range`; anything else marks the whole text. */
function celIssue(error: unknown, source: string): ConditionIssue {
  const summary = asWritten(summaryOf(error));
  const unknownName = /^Unknown variable: (\w+)$/.exec(summary)?.[1];
  const hint = unknownName === undefined ? '' : didYouMean(unknownName, VARIABLES);
  const message = hint === '' ? `${summary}.` : `${summary}.${hint}`;
  const range = rangeOf(error);
  return { message, start: range?.start ?? 0, end: range?.end ?? source.length };
}

function summaryOf(error: unknown): string {
  if (!(error instanceof Error)) return 'The condition cannot be read';
  const summary: unknown = 'summary' in error ? error.summary : undefined;
  const text = typeof summary === 'string' ? summary : error.message;
  return text.replace(/\.$/, '');
}

function rangeOf(error: unknown): { start: number; end: number } | undefined {
  if (!(error instanceof Error) || !('range' in error)) return undefined;
  const { range } = error;
  if (typeof range !== 'object' || range === null) return undefined;
  if (!('start' in range) || !('end' in range)) return undefined;
  const { start, end } = range;
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : undefined;
}

/** A short, single-line reason why a condition couldn't be evaluated. */
export function evaluationFault(error: unknown): string {
  return asWritten(summaryOf(error)).slice(0, 300);
}

/** What ends in a value as it was computed: of the library's errors, these are all. */
const ENDS_IN_VALUE =
  /^(No such key|Invalid duration string|Invalid regular expression|integer overflow): (.*)$/s;

/**
 * As `evaluationFault`, for a decision. INVARIANT: decisions are recorded in plain, so it has no value of
 * the call: what is quoted is left out, unless the condition says it itself.
 */
export function recordedFault(error: unknown, source: string): string {
  const fault = asWritten(summaryOf(error));
  const ended = ENDS_IN_VALUE.exec(fault);
  const [, what = '', value = ''] = ended ?? [];
  const told =
    ended !== null && !source.includes(value)
      ? what
      : fault.replace(/"(.*)"/s, (whole, quoted: string) =>
          source.includes(quoted) ? whole : '…',
        );
  return told.slice(0, 300);
}
