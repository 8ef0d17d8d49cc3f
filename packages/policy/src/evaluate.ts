import type { JudgedCall, ListedCall } from './call.ts';
import { COST, spend } from './cel/budget.ts';
import { evaluationFault, type Condition } from './cel/condition.ts';
import { toCelValue, type CelValue } from './cel/values.ts';
import type { CompiledRule } from './compile.ts';
import type { ConditionOutcome, RuleOutcome } from './decision.ts';
import { PolicyError } from './policy-error.ts';

/** The variables of conditions for one call, converted when first asked for. */
export interface ConditionContext {
  readonly variables: Readonly<Record<string, unknown>>;
  /** How many entries the lists have at most that a condition can go through. */
  readonly size: (condition: Condition) => number;
}

export function conditionContext(call: JudgedCall | ListedCall): ConditionContext {
  const args = lazily(() => optionalValue('args' in call ? call.args : undefined));
  const params = lazily(() => optionalValue('params' in call ? call.params : undefined));
  const tool = lazily(() => toolVariable(call.tool));
  const client = call.client ?? {};
  return {
    variables: {
      connection: { name: call.connection.name },
      call: {
        method: call.method,
        name: call.target.name,
        uri: call.target.uri,
        get params() {
          return params().value;
        },
      },
      get tool() {
        return tool();
      },
      get args() {
        return args().value;
      },
      caller: { ...call.caller },
      session: { id: call.session.id, client: { name: client.name, version: client.version } },
      now: call.now,
    },
    size: ({ readsParams, splitsText }) => {
      const values = readsParams ? [args(), params()] : [args()];
      const entries = values.map((one) => one.size + (splitsText ? one.characters : 0));
      return entries.reduce((sum, count) => sum + count, call.caller.groups.length);
    },
  };
}

/** What a rule says about a call, or `undefined` where it isn't about it. Never throws. */
export function evaluateRule(
  rule: CompiledRule,
  call: JudgedCall | ListedCall,
  context: ConditionContext,
): RuleOutcome | undefined {
  let about: boolean;
  try {
    about = rule.matches(call);
  } catch (error) {
    return outcome(rule, false, {
      keyword: 'match',
      source: 'resources',
      value: 'error',
      error: evaluationFault(error),
    });
  }
  if (!about) return undefined;

  const when = rule.when && evaluateCondition('when', rule.when, context);
  if (when !== undefined && when.value !== true) return outcome(rule, false, when);
  const unless = rule.unless && evaluateCondition('unless', rule.unless, context);
  if (unless === undefined) return outcome(rule, true, when);
  return outcome(rule, unless.value === false, unless);
}

function evaluateCondition(
  keyword: 'when' | 'unless',
  condition: Condition,
  context: ConditionContext,
): ConditionOutcome {
  const { source } = condition;
  try {
    boundCost(condition, context);
    const value: unknown = condition.evaluate(context.variables);
    if (typeof value !== 'boolean') {
      throw new PolicyError('condition_not_boolean', 'The condition is neither true nor false.');
    }
    return { keyword, source, value };
  } catch (error) {
    return { keyword, source, value: 'error', error: evaluationFault(error) };
  }
}

/** Nested comprehensions over an agent's lists multiply; what would take too long is an error. */
function boundCost(condition: Condition, context: ConditionContext): void {
  if (condition.comprehensionDepth === 0) return;
  spend(COST.comprehensionEntry * context.size(condition) ** condition.comprehensionDepth);
}

function outcome(
  rule: CompiledRule,
  matched: boolean,
  condition: ConditionOutcome | undefined,
): RuleOutcome {
  return {
    ruleId: rule.id,
    ...(rule.effect === undefined ? {} : { effect: rule.effect }),
    matched,
    ...(condition === undefined ? {} : { condition }),
    observed: rule.observed,
    ...(rule.message === undefined ? {} : { message: rule.message }),
    ...(rule.description === undefined ? {} : { description: rule.description }),
  };
}

function toolVariable(tool: ListedCall['tool']): Record<string, unknown> | undefined {
  if (tool === undefined) return undefined;
  const { annotations, inputSchema } = tool;
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    annotations: annotations === undefined ? undefined : toCelValue(annotations).value,
    inputSchema: inputSchema === undefined ? undefined : toCelValue(inputSchema).value,
  };
}

/** An absent value stays absent: reading it is an error of the condition. */
function optionalValue(value: unknown): CelValue {
  return value === undefined ? { value: undefined, size: 0, characters: 0 } : toCelValue(value);
}

/** Computes once, and fails again with the same error: hostile input is not walked per rule. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly ok: true; readonly value: T } | { readonly ok: false; error: unknown };
  let done = false;
  return () => {
    if (!done) {
      done = true;
      try {
        made = { ok: true, value: make() };
      } catch (error) {
        made = { ok: false, error };
      }
    }
    if (made.ok) return made.value;
    throw made.error;
  };
}
