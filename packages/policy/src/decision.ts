import type { Effect, MaskRule, StepUp } from './schema.ts';

/** How a condition came out. */
export interface ConditionOutcome {
  /**
   * Which part of the rule decided. `unless` is looked at only once `when` was true; `match` only
   * appears when the match itself couldn't be told.
   */
  readonly keyword: 'when' | 'unless' | 'match';
  readonly source: string;
  readonly value: boolean | 'error';
  readonly error?: string;
}

/** What one rule said about a call. */
export interface RuleOutcome {
  readonly ruleId: string;
  /** The effect that the rule asks for; none for a rule that only masks. */
  readonly effect?: Effect;
  /** What a verdict needs where this rule holds. */
  readonly stepUp?: StepUp;
  /** Whether the rule applies: its match and conditions hold. An erring rule doesn't "match". */
  readonly matched: boolean;
  /** The condition that decided whether it applies. */
  readonly condition?: ConditionOutcome;
  /** A rule in observe mode is recorded and has no effect. */
  readonly observed: boolean;
  readonly message?: string;
  readonly description?: string;
}

/** Why the effect is what it is. */
export type DecisionSource = 'rule' | 'default' | 'read-only-mark' | 'error';

/** The answer to one call. */
export interface Decision {
  readonly effect: Effect;
  /** Chains to satisfy, all of them; `null` stands for the connection's own. Empty unless held. */
  readonly chains: readonly (string | null)[];
  /** Masks of every rule that applies or couldn't tell, whatever the effect. */
  readonly masks: readonly MaskRule[];
  /** The rules that the effect comes from. */
  readonly deciding: readonly RuleOutcome[];
  /** Every rule that is about this call, in the order of their ids. */
  readonly outcomes: readonly RuleOutcome[];
  readonly source: DecisionSource;
  /** One or two plain sentences for the reviewer and the agent. */
  readonly explanation: string;
  /** What admins wrote in the deciding rules. */
  readonly messages: readonly string[];
}
