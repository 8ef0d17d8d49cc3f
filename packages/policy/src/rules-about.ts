import { evaluateIndependently } from './evaluate.ts';
import type { JudgedCall } from './call.ts';
import type { CompiledPolicy, CompiledRule } from './compile.ts';
import type { CallSubject } from './match.ts';
import type { Effect, MatchDocument } from './schema.ts';

/** A rule, as far as it can be told without a call. */
export interface RuleAbout {
  readonly ruleId: string;
  /** None for a rule that only masks. */
  readonly effect: Effect | undefined;
  readonly masks: boolean;
  /** In observe mode: recorded, without effect. */
  readonly observed: boolean;
  /** Whether it depends on the caller, the arguments or the time whether the rule applies. */
  readonly conditional: boolean;
  /** The callers that it is about, as written; none for everybody. */
  readonly callers: MatchDocument['callers'];
}

/** What governs calls of one tool, prompt, resource or method. */
export interface RulesAbout {
  /** In the order of their ids. */
  readonly rules: readonly RuleAbout[];
  /**
   * Whether a rule with an effect applies to each of these calls, so that the connection's default
   * never does.
   */
  readonly governed: boolean;
}

/**
 * The rules that may be about such calls for some caller. A condition that looks at connection and
 * tool alone is evaluated: where it rules its rule out, the rule isn't listed.
 *
 * @param about - `tool` is its definition where it is known; an upstream's, so hostile
 */
export function rulesAbout(
  policy: CompiledPolicy,
  about: CallSubject & Pick<JudgedCall, 'tool'>,
): RulesAbout {
  const rules = policy.rules
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((rule) => ruleAbout(rule, about) ?? []);
  return {
    rules,
    governed: rules.some(
      ({ effect, observed, conditional }) => effect !== undefined && !observed && !conditional,
    ),
  };
}

/** Whether the rule may be about such calls, for some caller. One that can't tell errs on them. */
export function mayBeAbout({ mayMatch }: CompiledRule, subject: CallSubject): boolean {
  try {
    return mayMatch(subject);
  } catch {
    return true;
  }
}

function ruleAbout(
  rule: CompiledRule,
  about: CallSubject & Pick<JudgedCall, 'tool'>,
): RuleAbout | undefined {
  if (!mayBeAbout(rule, about)) return undefined;
  const when = rule.when && evaluateIndependently(rule.when, about);
  const unless = rule.unless && evaluateIndependently(rule.unless, about);
  if (when === false || unless === true) return undefined;
  const { callers } = rule.match;
  return {
    ruleId: rule.id,
    effect: rule.effect,
    masks: rule.masks.length > 0,
    observed: rule.observed,
    conditional: callers !== undefined || when === 'unknown' || unless === 'unknown',
    callers,
  };
}
