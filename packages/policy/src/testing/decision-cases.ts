import { CONDITIONS } from './decisions/conditions.ts';
import { DEFAULTS } from './decisions/defaults.ts';
import { ERRORS } from './decisions/errors.ts';
import { MATCHING } from './decisions/matching.ts';
import { PRECEDENCE } from './decisions/precedence.ts';
import type { DecisionCase } from './decisions/decision-case.ts';

/** All cases, by subject. */
export const DECISION_CASES: Readonly<Record<string, readonly DecisionCase[]>> = {
  precedence: PRECEDENCE,
  defaults: DEFAULTS,
  errors: ERRORS,
  matching: MATCHING,
  conditions: CONDITIONS,
};
