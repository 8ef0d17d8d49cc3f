import type { JudgedCall } from '../../call.ts';
import type { Decision } from '../../decision.ts';

/** A policy, a call, and what must come of it. */
export interface DecisionCase {
  readonly name: string;
  readonly rules: readonly string[];
  readonly call?: JudgedCall;
  readonly expected: Partial<Decision>;
  /** Ids of the rules that decide. */
  readonly deciding?: readonly string[];
}
