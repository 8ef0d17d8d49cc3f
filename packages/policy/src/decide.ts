import { isMarkedReadOnly, type JudgedCall, type ListedCall } from './call.ts';
import { startBudget } from './cel/budget.ts';
import { startCounts, type Counts } from './cel/counts.ts';
import type { CompiledPolicy, CompiledRule } from './compile.ts';
import type { Decision, DecisionSource, RuleOutcome } from './decision.ts';
import { conditionContext, evaluateRule } from './evaluate.ts';
import { explain } from './explain.ts';
import { indexOf, windowsOf, type RuleIndex } from './rule-index.ts';
import type { Effect, MaskRule } from './schema.ts';

/** A rule that is about the call, with what it said. */
interface Judged {
  readonly rule: CompiledRule;
  readonly outcome: RuleOutcome;
  /** What the rule adds to the decision; none for a rule that doesn't apply or only observes. */
  readonly contribution: Effect | undefined;
}

/** What a decision looks at beside the call, fetched before it is made. */
export interface DecisionFacts {
  /**
   * For each window that {@link factsNeeded} names: how many calls of this caller to this
   * connection, of this method and name, were received in it before this one.
   */
  readonly counts: Counts;
}

const NO_FACTS: DecisionFacts = { counts: {} };

/**
 * What must be fetched before `decide`: only what a rule asks for that is about the call, so that
 * most calls cost no query.
 */
export function factsNeeded(
  policy: CompiledPolicy,
  call: ListedCall,
): { readonly windows: readonly string[] } {
  const windows = indexOf(policy)
    .counting.candidates(call)
    .flatMap((rule) => (mayBeAbout(rule, call) ? windowsOf(rule) : []));
  return { windows: [...new Set(windows)].sort() };
}

/** A rule whose match can't be told errs without a look at its conditions. */
function mayBeAbout(rule: CompiledRule, call: ListedCall): boolean {
  try {
    return rule.matches(call);
  } catch {
    return false;
  }
}

/**
 * Judges a call: deny beats hold beats allow, matching holds add up, masks add up, and where no
 * rule has an effect the connection's default applies.
 *
 * INVARIANT: an erring deny rule denies, an erring hold or allow rule holds, an erring mask masks.
 *
 * Pure and total: the same policy, call and facts give the same decision, and nothing is thrown.
 */
export function decide(
  policy: CompiledPolicy,
  call: JudgedCall,
  facts: DecisionFacts = NO_FACTS,
): Decision {
  try {
    return judge(policy, call, facts);
  } catch {
    // Unreachable as long as rules err one by one. A deny rule may have been the one that failed.
    return {
      effect: 'deny',
      chains: [],
      masks: policy.rules.flatMap((rule) => rule.masks),
      deciding: [],
      outcomes: [],
      source: 'error',
      explanation: 'Denied: the call could not be judged.',
      messages: [],
    };
  }
}

function judge(policy: CompiledPolicy, call: JudgedCall, facts: DecisionFacts): Decision {
  const judged = judgeRules(indexOf(policy).all, call, facts);
  const effect = strictest(judged);
  const settled = effect === undefined ? fallback(policy, call) : fromRules(effect, judged);
  const chains = settled.deciding
    .filter(() => settled.effect === 'hold')
    .map(({ rule }) => rule.approval);
  const messages = settled.deciding.flatMap(({ rule }) => rule.message ?? []);
  return {
    effect: settled.effect,
    // A hold that no rule asked for goes to the connection's own chain.
    chains: settled.effect === 'hold' && chains.length === 0 ? [null] : [...new Set(chains)],
    masks: masksOf(policy, judged),
    deciding: settled.deciding.map(({ outcome }) => outcome),
    outcomes: judged.map(({ outcome }) => outcome),
    source: settled.source,
    explanation: explain(
      settled.effect,
      settled.source,
      settled.deciding.map(({ outcome }) => outcome),
    ),
    messages: [...new Set(messages)],
  };
}

function judgeRules(
  rules: RuleIndex,
  call: JudgedCall | ListedCall,
  facts: DecisionFacts,
): Judged[] {
  const context = conditionContext(call);
  startBudget();
  startCounts(facts.counts);
  const judged: Judged[] = [];
  for (const rule of rules.candidates(call)) {
    const outcome = evaluateRule(rule, call, context);
    if (outcome !== undefined) judged.push({ rule, outcome, contribution: contribution(outcome) });
  }
  return judged;
}

/** INVARIANT: an error never contributes `allow`. */
function contribution(outcome: RuleOutcome): Effect | undefined {
  if (outcome.observed || outcome.effect === undefined) return undefined;
  if (erred(outcome)) return outcome.effect === 'deny' ? 'deny' : 'hold';
  return outcome.matched ? outcome.effect : undefined;
}

function erred(outcome: RuleOutcome): boolean {
  return outcome.condition?.value === 'error';
}

function strictest(judged: readonly Judged[]): Effect | undefined {
  const effects = new Set(judged.map((one) => one.contribution));
  return (['deny', 'hold', 'allow'] as const).find((effect) => effects.has(effect));
}

interface Settled {
  readonly effect: Effect;
  readonly source: DecisionSource;
  readonly deciding: readonly Judged[];
}

function fromRules(effect: Effect, judged: readonly Judged[]): Settled {
  const deciding = judged.filter((one) => one.contribution === effect);
  const onlyErrors = deciding.every(({ outcome }) => erred(outcome));
  return { effect, source: onlyErrors ? 'error' : 'rule', deciding };
}

/** A read-only mark loosens a default hold, never a default deny and never a rule. */
function fallback(policy: CompiledPolicy, call: JudgedCall): Settled {
  const effect = policy.defaultEffect ?? call.connection.defaultEffect;
  if (effect === 'hold' && isMarkedReadOnly(call)) {
    return { effect: 'allow', source: 'read-only-mark', deciding: [] };
  }
  return { effect, source: 'default', deciding: [] };
}

/** By the ids of the rules that mask: there are as many sets as there are kinds of calls. */
const MASKS = new WeakMap<CompiledPolicy, Map<string, readonly MaskRule[]>>();
const MAX_MASK_SETS = 1000;
const NO_MASKS: readonly MaskRule[] = [];

/** The same rules give the very same list, so that whoever makes it ready does so once. */
function masksOf(policy: CompiledPolicy, judged: readonly Judged[]): readonly MaskRule[] {
  const masking = judged.filter(
    ({ rule, outcome }) =>
      rule.masks.length > 0 && !outcome.observed && (outcome.matched || erred(outcome)),
  );
  if (masking.length === 0) return NO_MASKS;
  const sets = MASKS.get(policy) ?? new Map<string, readonly MaskRule[]>();
  MASKS.set(policy, sets);
  const key = JSON.stringify(masking.map(({ rule }) => rule.id));
  const known = sets.get(key);
  if (known !== undefined) return known;
  const masks = masking.flatMap(({ rule }) => rule.masks);
  const distinct = [...new Map(masks.map((mask) => [JSON.stringify(mask), mask])).values()];
  // An agent chooses which rules a call is about, so the sets must not pile up without end.
  if (sets.size < MAX_MASK_SETS) sets.set(key, distinct);
  return distinct;
}

/**
 * Whether a tool, resource or prompt may be shown to the caller in a list: false when a deny rule
 * applies to it whatever its arguments. A condition that looks at the caller, the connection or
 * the tool is evaluated; one that needs the call itself doesn't hide anything.
 */
export function isListed(policy: CompiledPolicy, call: ListedCall): boolean {
  try {
    return strictest(judgeRules(indexOf(policy).denying, call, NO_FACTS)) !== 'deny';
  } catch {
    return false;
  }
}
