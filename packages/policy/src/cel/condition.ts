import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { didYouMean } from '../suggest.ts';
import { childNodes } from './ast-nodes.ts';
import { windowFault } from './counts.ts';
import { conditionEnvironment, LINEAR_MATCHES } from './environment.ts';
import { compilePattern } from './pattern.ts';

/** A condition that has been read and type-checked. */
export interface Condition {
  readonly source: string;
  readonly evaluate: ParseResult;
  /** True when the answer is the same for every call of this caller to this tool. */
  readonly independentOfArguments: boolean;
  /** How deep comprehensions (`exists`, `all`, `map` …) nest: the exponent of their cost. */
  readonly comprehensionDepth: number;
  /** True when it may look at the whole parameters beside the arguments. */
  readonly readsParams: boolean;
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
const VARYING = new Set(['args', 'call', 'session', 'now']);
const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const MAX_COMPREHENSION_DEPTH = 2;

interface Survey {
  readonly variables: Set<string>;
  readonly windows: Set<string>;
  readonly counting: boolean;
  depth: number;
  splits: boolean;
}

/**
 * Reads and type-checks a condition; never throws.
 *
 * @param counting - whether `count(…)` may be used
 */
export function compileCondition(source: string, counting: boolean): ConditionResult {
  try {
    const evaluate = conditionEnvironment.parse(source);
    const survey: Survey = {
      variables: new Set(),
      windows: new Set(),
      counting,
      depth: 0,
      splits: false,
    };
    const fault = prepare(evaluate.ast, survey, 0);
    if (fault !== undefined) return { ok: false, issue: fault };

    const checked = evaluate.check();
    if (!checked.valid) return { ok: false, issue: celIssue(checked.error, source) };
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      const message = `A condition must be true or false, but this is ${checked.type ?? 'unknown'}.`;
      return { ok: false, issue: { message, start: 0, end: source.length } };
    }
    const independentOfArguments =
      survey.windows.size === 0 && ![...survey.variables].some((name) => VARYING.has(name));
    return {
      ok: true,
      condition: {
        source,
        evaluate,
        independentOfArguments,
        comprehensionDepth: survey.depth,
        readsParams: survey.variables.has('call'),
        splitsText: survey.splits,
        windows: [...survey.windows],
      },
    };
  } catch (error) {
    return { ok: false, issue: celIssue(error, source) };
  }
}

/**
 * Walks the whole expression before it is type-checked: regular expressions are compiled and sent
 * to RE2, since the library's own `matches` backtracks; what isn't offered yet is refused by name.
 */
function prepare(node: ASTNode, survey: Survey, depth: number): ConditionIssue | undefined {
  let inner = depth;
  if (node.op === 'id') survey.variables.add(node.args);
  if (node.op === 'call' && node.args[0] === 'count') {
    const fault = prepareWindow(node, node.args[1], survey);
    if (fault !== undefined) return fault;
  }
  if (node.op === 'rcall') {
    const [name, , callArguments] = node.args;
    if (name === 'matches') {
      const fault = preparePattern(node, callArguments);
      if (fault !== undefined) return fault;
      node.args[0] = LINEAR_MATCHES;
    } else if (name === LINEAR_MATCHES) {
      return issueAt(node, 'Unknown function.');
    }
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

/** A literal, so that it is known before a decision what must be counted for it. */
function prepareWindow(
  node: ASTNode,
  [window]: readonly ASTNode[],
  survey: Survey,
): ConditionIssue | undefined {
  if (!survey.counting) return issueAt(node, 'count() is not available yet.');
  if (window?.op !== 'value' || typeof window.args !== 'string') {
    return issueAt(node, 'The window of count() must be a literal text.');
  }
  const fault = windowFault(window.args);
  if (fault !== undefined) return issueAt(window, fault);
  survey.windows.add(window.args);
  return undefined;
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
  const summary = summaryOf(error).replaceAll(LINEAR_MATCHES, 'matches');
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
  return summaryOf(error).replaceAll(LINEAR_MATCHES, 'matches').slice(0, 300);
}
