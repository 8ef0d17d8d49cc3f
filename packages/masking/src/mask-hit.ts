import type { Budget } from './budget.ts';
import type { MaskForm } from './compile-masks.ts';
import { type Cause, nameOf } from './mask-plain-text.ts';
import type { Place } from './place.ts';

/** One masked place. INVARIANT: never holds any part of the value. */
export interface MaskHit {
  /** Dotted, with masked keys; goes on into JSON that a text contains. */
  readonly path: string;
  /** The detector or the field pattern, or `limit` where a text was too deeply nested to be read. */
  readonly by: string;
  readonly as: MaskForm;
  /** Index into the rules; -1 where a limit was the cause. */
  readonly ruleIndex: number;
}

/** Nobody reads more places of one message, and each is recorded. */
const MAX_LISTED_HITS = 100;

/** The hits of one walk: the first places, each with each of its rules once; all of them are counted. */
export class HitLog {
  readonly #hits = new Map<string, MaskHit>();
  readonly #budget: Budget;
  readonly #pathOf: (place: Place) => string;

  constructor(budget: Budget, pathOf: (place: Place) => string) {
    this.#budget = budget;
    this.#pathOf = pathOf;
  }

  get listed(): readonly MaskHit[] {
    return [...this.#hits.values()];
  }

  /** @throws {@link OverBudget} */
  add(place: Place, cause: Cause): void {
    this.#budget.spendHits(1);
    this.list(place, cause);
  }

  addLimit(place: Place): void {
    this.#budget.spendHits(1);
    this.#put(place, 'limit', 'redact', -1);
  }

  /** Only names the place; its values are counted already. */
  list(place: Place, cause: Cause): void {
    this.#put(place, nameOf(cause), cause.as, cause.ruleIndex);
  }

  #put(place: Place, by: string, as: MaskForm, ruleIndex: number): void {
    // A path is built only where it is shown.
    if (this.#hits.size >= MAX_LISTED_HITS) return;
    const path = this.#pathOf(place);
    this.#hits.set(`${path}\n${by}\n${ruleIndex}`, { path, by, as, ruleIndex });
  }
}
