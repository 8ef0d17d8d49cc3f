import type { JudgedCall, ListedCall } from './call.ts';
import { COST, spend, startBudget } from './cel/budget.ts';
import { evaluationFault, recordedFault, type Condition } from './cel/condition.ts';
import { toCelValue, type CelValue } from './cel/values.ts';
import type { CompiledRule } from './compile.ts';
import type { ConditionOutcome, RuleOutcome } from './decision.ts';
import type { CallSubject } from './match.ts';
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
  const tool = lazily(() => toolValue(call.tool));
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
        return tool().value;
      },
      get args() {
        return args().value;
      },
      caller: { ...call.caller },
      session: { id: call.session.id, client: { name: client.name, version: client.version } },
      now: call.now,
    },
    size: ({ readsParams, readsTool, splitsText }) => {
      const values = [args(), ...(readsParams ? [params()] : []), ...(readsTool ? [tool()] : [])];
      const entries = values.map((one) => one.size + (splitsText ? one.characters : 0));
      return entries.reduce((sum, count) => sum + count, call.caller.groups.length);
    },
  };
}

/**
 * What a rule says about a call that it concerns, or `undefined` where it isn't about it. Never
 * throws.
 */
export function evaluateRule(
  rule: CompiledRule,
  call: JudgedCall | ListedCall,
  context: ConditionContext,
): RuleOutcome | undefined {
  let about: boolean;
  try {
    about = rule.isAbout(call);
  } catch (error) {
    return outcome(rule, false, {
      keyword: 'match',
      source: selectorOf(call),
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

/** Which part of `match` can fail for the call. */
function selectorOf({ method }: ListedCall): string {
  if (method === 'tools/call') return 'tools';
  return method === 'prompts/get' ? 'prompts' : 'resources';
}

/**
 * The value of a condition for every call of every caller, as far as it depends on connection and
 * tool alone. `unknown` also where it errs: it may not once the tool is known.
 */
export function evaluateIndependently(
  condition: Condition,
  { connection, tool }: CallSubject & Pick<JudgedCall, 'tool'>,
): boolean | 'unknown' {
  if (!condition.independentOfCaller) return 'unknown';
  startBudget();
  const context = conditionContext({
    ...NO_CALL,
    connection: { ...NO_CALL.connection, name: connection.name },
    ...(tool && { tool }),
  });
  const { value } = evaluateCondition('when', condition, context);
  return value === 'error' ? 'unknown' : value;
}

const NO_CALL: ListedCall = {
  connection: {
    name: '',
    defaultEffect: 'hold',
    readOnly: {
      tools: [],
      resources: false,
      prompts: false,
      completion: false,
      subscriptions: false,
    },
  },
  method: '',
  target: {},
  caller: { subject: '', issuer: '', groups: [], kind: 'service' },
  session: {},
  now: new Date(0),
};

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
    return { keyword, source, value: 'error', error: recordedFault(error, source) };
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
  return condition === undefined
    ? { ...rule.stated, matched }
    : { ...rule.stated, matched, condition };
}

function toolValue(tool: ListedCall['tool']): CelValue {
  const { name, title, description, annotations, inputSchema } = tool ?? {};
  const [hints, schema] = [optionalValue(annotations), optionalValue(inputSchema)];
  const texts = (title?.length ?? 0) + (description?.length ?? 0);
  return {
    value: tool && {
      name,
      title,
      description,
      annotations: hints.value,
      inputSchema: schema.value,
    },
    size: hints.size + schema.size,
    characters: hints.characters + schema.characters + texts,
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
