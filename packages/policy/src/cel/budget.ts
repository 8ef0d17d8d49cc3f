import { PolicyError } from '../policy-error.ts';

/** Steps of about a tenth of a microsecond, which makes half a second a decision at the worst. */
const STEPS_PER_DECISION = 5_000_000;

/** What things cost, in steps: measured, not guessed. */
export const COST = {
  patternCall: 20,
  patternCharacter: 6,
  sqlText: 500,
  sqlCharacter: 2,
  /** The most that the grammar of another dialect may take, see `sql/mysql/parser.ts`. */
  sqlGrammar: 200_000,
  /** An entry that errs costs the most: the library words an error for each. */
  comprehensionEntry: 100,
} as const;

let left = STEPS_PER_DECISION;

/**
 * Starts the account of one decision. A decision is made synchronously and to its end, so one
 * account is enough; rules are evaluated in the order of their ids, so it is spent the same way
 * every time.
 */
export function startBudget(): void {
  left = STEPS_PER_DECISION;
}

/**
 * Pays for work whose amount an agent chooses: the length of its texts times that of its lists.
 *
 * @throws PolicyError `arguments_too_large`; what comes after it is careful, as with any error.
 */
export function spend(steps: number): void {
  if (steps > left) {
    throw new PolicyError('arguments_too_large', 'The arguments are too large for this condition.');
  }
  left -= steps;
}
