import { serialize, type ASTNode } from '@marcbachmann/cel-js';
import { childNodes } from './cel/ast-nodes.ts';
import { COST, spend } from './cel/budget.ts';
import { evaluationFault, type Condition } from './cel/condition.ts';
import { conditionEnvironment } from './cel/environment.ts';
import type { ConditionContext } from './evaluate.ts';
import { traceText } from './trace-text.ts';

/** A piece of a condition and what it was for one call. */
export interface ConditionPart {
  /** As written. */
  readonly source: string;
  /** Its value as text; `undefined` where it errs. */
  readonly value?: string;
  readonly error?: string;
  /** Whether it comes from the call's arguments and says more than yes or no. */
  readonly fromArguments: boolean;
}

/** Pieces that are shown of one condition: the rest is in its text. */
const MAX_PARTS = 40;
const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/**
 * The pieces that a condition's value comes from, in the order of its text: each comparison, and
 * what it compares. What `&&`, `||` and `?:` didn't need isn't looked at, since it may well err.
 *
 * Spends of the budget that its caller started; never throws.
 */
export function conditionParts(
  condition: Condition,
  context: ConditionContext,
): readonly ConditionPart[] {
  const parts: ConditionPart[] = [];
  const look = (node: ASTNode): Found => {
    const found = evaluateNode(node, condition, context);
    if (parts.length < MAX_PARTS && !parts.some(({ source }) => source === sourceOf(node))) {
      parts.push(toPart(node, found));
    }
    return found;
  };
  walk(condition.evaluate.ast, look, (node) => evaluateNode(node, condition, context));
  return parts;
}

type Found =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };
type Look = (node: ASTNode) => Found;

/** Through the logic of a condition down to what it compares. */
function walk(node: ASTNode, look: Look, ask: Look): void {
  switch (node.op) {
    case '&&':
    case '||': {
      const [left, right] = node.args;
      walk(left, look, ask);
      const found = ask(left);
      const settles = node.op === '||';
      if (!(found.ok && found.value === settles)) walk(right, look, ask);
      return;
    }
    case '?:': {
      const [asked, yes, no] = node.args;
      walk(asked, look, ask);
      const found = ask(asked);
      if (found.ok) walk(found.value === true ? yes : no, look, ask);
      return;
    }
    case '!_':
      return walk(node.args, look, ask);
    default:
      look(node);
      for (const operand of operandsOf(node)) walkOperand(operand, look);
  }
}

/** What is compared or looked into, but no literal: that says itself what it is. */
function walkOperand(node: ASTNode, look: Look): void {
  if (isLiteral(node)) return;
  look(node);
  if (isNamed(node)) return;
  for (const operand of operandsOf(node)) walkOperand(operand, look);
}

/** Below a comprehension and `has(…)` there are names that mean nothing outside. */
function operandsOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'call' && node.args[0] === 'has') return [];
  if (node.op === 'rcall' && COMPREHENSIONS.has(node.args[0])) return [node.args[1]];
  return childNodes(node.args);
}

function isLiteral(node: ASTNode): boolean {
  if (node.op === 'value') return true;
  const isMade = node.op === 'list' || node.op === 'map' || node.op === '-_';
  return isMade && childNodes(node.args).every(isLiteral);
}

/** `args.filter.name`: a variable, or a way into it by names. */
function isNamed(node: ASTNode): boolean {
  if (node.op === 'id') return true;
  if (node.op === '.' || node.op === '.?') return isNamed(node.args[0]);
  if (node.op === '[]') return isNamed(node.args[0]) && isLiteral(node.args[1]);
  return false;
}

function evaluateNode(node: ASTNode, condition: Condition, context: ConditionContext): Found {
  try {
    if (loops(node)) {
      spend(COST.comprehensionEntry * context.size(condition) ** condition.comprehensionDepth);
    }
    // Written out from what was made ready, where every function is the one that conditions call.
    const piece = conditionEnvironment.parse(serialize(node));
    return { ok: true, value: piece(context.variables) };
  } catch (error) {
    return { ok: false, error: evaluationFault(error) };
  }
}

function loops(node: ASTNode): boolean {
  if (node.op === 'rcall' && COMPREHENSIONS.has(node.args[0])) return true;
  return childNodes(node.args).some(loops);
}

function toPart(node: ASTNode, found: Found): ConditionPart {
  const source = sourceOf(node);
  if (!found.ok) return { source, error: found.error, fromArguments: false };
  const fromArguments = typeof found.value !== 'boolean' && readsArguments(node);
  return { source, value: traceText(found.value), fromArguments };
}

/** `call` has the parameters in it, unless one of its other fields is named. */
function readsArguments(node: ASTNode): boolean {
  if (node.op === 'id') return node.args === 'args' || node.args === 'call';
  if (node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'call') {
    return !['method', 'name', 'uri'].includes(node.args[1]);
  }
  return childNodes(node.args).some(readsArguments);
}

function sourceOf({ input, range }: ASTNode): string {
  return input.slice(range.start, range.end);
}
