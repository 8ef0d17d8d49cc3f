import type { JudgedCall } from './call.ts';
import { startBudget } from './cel/budget.ts';
import { startCounts } from './cel/counts.ts';
import type { CompiledPolicy, CompiledRule } from './compile.ts';
import { decide, type DecisionFacts } from './decide.ts';
import type { ConditionOutcome, Decision, RuleOutcome } from './decision.ts';
import { conditionContext, type ConditionContext } from './evaluate.ts';
import { compileMatch } from './match.ts';
import type { Effect, MaskRule, MatchDocument } from './schema.ts';
import { conditionParts, type ConditionPart } from './trace-condition.ts';

/** How a condition came out, and what it came out of. */
export interface ConditionTrace {
  readonly source: string;
  /** Without one the rule was settled before it was looked at. */
  readonly value: boolean | 'error' | undefined;
  readonly error?: string;
  readonly parts: readonly ConditionPart[];
}

/** What one rule made of the call, step by step. */
export interface RuleTrace {
  readonly ruleId: string;
  readonly description: string | undefined;
  readonly effect: Effect | undefined;
  readonly masks: readonly MaskRule[];
  readonly observed: boolean;
  /** Keys of its `match` that say that it isn't about the call, such as `callers.groups`. */
  readonly excludedBy: readonly string[];
  /** None where the rule isn't about the call. */
  readonly outcome: RuleOutcome | undefined;
  readonly when: ConditionTrace | undefined;
  readonly unless: ConditionTrace | undefined;
  /** What it adds to the decision. */
  readonly adds: Effect | undefined;
  /** Whether the effect comes from it. */
  readonly decides: boolean;
}

/** A decision, taken apart. */
export interface Trace {
  /** The very decision of {@link decide}. */
  readonly decision: Decision;
  /** Every rule of the policy, in the order of their ids. */
  readonly rules: readonly RuleTrace[];
  /** Which effect beat which, in one sentence. */
  readonly precedence: string;
}

/**
 * Judges a call as {@link decide} does and says for each rule why: which key of its `match` left it
 * out, what its conditions were and what their pieces were. Pure; never throws.
 */
export function trace(policy: CompiledPolicy, call: JudgedCall, facts?: DecisionFacts): Trace {
  const decision = decide(policy, call, facts);
  const outcomes = new Map(decision.outcomes.map((outcome) => [outcome.ruleId, outcome]));
  const deciding = new Set(decision.deciding.map(({ ruleId }) => ruleId));
  const context = conditionContext(call);
  // One account for all pieces: to explain a decision costs no more than to make it.
  startBudget();
  startCounts(facts?.counts ?? {});
  const rules = policy.rules
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((rule): RuleTrace => {
      const outcome = outcomes.get(rule.id);
      return {
        ruleId: rule.id,
        description: rule.description,
        effect: rule.effect,
        masks: rule.masks,
        observed: rule.observed,
        excludedBy: outcome === undefined ? excludedBy(rule.match, call) : [],
        outcome,
        ...conditionsOf(rule, outcome, context),
        adds: outcome && addition(outcome),
        decides: deciding.has(rule.id),
      };
    });
  return { decision, rules, precedence: precedenceOf(decision, rules) };
}

function conditionsOf(
  rule: CompiledRule,
  outcome: RuleOutcome | undefined,
  context: ConditionContext,
): Pick<RuleTrace, 'when' | 'unless'> {
  const traced = (keyword: 'when' | 'unless'): ConditionTrace | undefined => {
    const condition = rule[keyword];
    if (condition === undefined) return undefined;
    const { source } = condition;
    const found = valueOf(keyword, rule, outcome);
    if (found === undefined) return { source, value: undefined, parts: [] };
    return { source, ...found, parts: conditionParts(condition, context) };
  };
  return { when: traced('when'), unless: traced('unless') };
}

/** An outcome names the condition that decided; `unless` is only asked where `when` was true. */
function valueOf(
  keyword: 'when' | 'unless',
  rule: CompiledRule,
  outcome: RuleOutcome | undefined,
): Pick<ConditionOutcome, 'value' | 'error'> | undefined {
  const deciding = outcome?.condition;
  if (deciding === undefined || deciding.keyword === 'match') return undefined;
  if (deciding.keyword === keyword) {
    const { value, error } = deciding;
    return error === undefined ? { value } : { value, error };
  }
  return keyword === 'when' && rule.when !== undefined ? { value: true } : undefined;
}

/** INVARIANT: as in the decision, an error never adds `allow`. */
function addition({ effect, observed, matched, condition }: RuleOutcome): Effect | undefined {
  if (observed || effect === undefined) return undefined;
  if (condition?.value === 'error') return effect === 'deny' ? 'deny' : 'hold';
  return matched ? effect : undefined;
}

function excludedBy(match: MatchDocument, call: JudgedCall): readonly string[] {
  const { connections, methods, tools, resources, prompts, callers = {} } = match;
  const { groups, subjects, kinds, clients } = callers;
  const target = {
    ...(tools && { tools }),
    ...(resources && { resources }),
    ...(prompts && { prompts }),
  };
  // The selectors of targets are alternatives, so they are asked together.
  const asked: readonly (readonly [string, MatchDocument])[] = [
    ['connections', connections ? { connections } : {}],
    ['methods', methods ? { methods } : {}],
    [Object.keys(target).join(', '), target],
    ['callers.groups', groups ? { callers: { groups } } : {}],
    ['callers.subjects', subjects ? { callers: { subjects } } : {}],
    ['callers.kinds', kinds ? { callers: { kinds } } : {}],
    ['callers.clients', clients ? { callers: { clients } } : {}],
  ];
  return asked.filter(([, part]) => !isAbout(part, call)).map(([key]) => key);
}

function isAbout(match: MatchDocument, call: JudgedCall): boolean {
  try {
    return compileMatch(match).matches(call);
  } catch {
    return true;
  }
}

function precedenceOf({ effect, source }: Decision, rules: readonly RuleTrace[]): string {
  const count = (asked: Effect) => rules.filter(({ adds }) => adds === asked).length;
  const said = (['deny', 'hold', 'allow'] as const).flatMap((asked) => {
    const rulesSaying = count(asked);
    if (rulesSaying === 0) return [];
    return [`${rulesSaying} ${rulesSaying === 1 ? 'rule says' : 'rules say'} ${asked}`];
  });
  if (said.length === 0) {
    return source === 'read-only-mark'
      ? 'No rule says anything, and an admin marked this as only reading.'
      : `No rule says anything, so the default applies: ${effect}.`;
  }
  const beaten = said.length === 1 ? '' : `; ${BEATS[effect]}`;
  return `${said.join(', ')}${beaten}.`;
}

const BEATS: Readonly<Record<Effect, string>> = {
  deny: 'deny beats hold and allow',
  hold: 'hold beats allow',
  allow: 'nothing beats it',
};
