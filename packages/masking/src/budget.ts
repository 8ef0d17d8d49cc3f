import { MaskingError } from './masking.error.ts';

/**
 * What masking a message ran out of.
 *
 * - `hits`: it holds more values than may be masked in one message.
 * - `length`: masked, it would be too long.
 * - `work`: reading it means reading the same text too often (JSON in texts in JSON …).
 */
export type BudgetKind = 'hits' | 'length' | 'work';

export interface BudgetLimits {
  /** Masked values in one message; default 20,000. */
  readonly maxHits?: number;
  /** UTF-16 units of the masked message; default without bound. */
  readonly maxOutputLength?: number;
}

const DEFAULT_MAX_HITS = 20_000;
/** Characters read in one walk, each counted as often as it is read again. */
const MAX_WORK = 128_000_000;

/**
 * What one walk may still do. Masking is synchronous, and a caller who may read anything decides how
 * much there is to mask: without an end to it, one answer stalls every other call of the process.
 */
export class Budget {
  readonly #maxHits: number;
  readonly #maxOutputLength: number;
  #hits = 0;
  #work = 0;

  constructor({ maxHits = DEFAULT_MAX_HITS, maxOutputLength = Infinity }: BudgetLimits) {
    this.#maxHits = maxHits;
    this.#maxOutputLength = maxOutputLength;
  }

  get hits(): number {
    return this.#hits;
  }

  /** How many more values may be masked. */
  get left(): number {
    return this.#maxHits - this.#hits;
  }

  spendHits(count: number): void {
    this.#hits += count;
    if (this.#hits > this.#maxHits) exceed('hits');
  }

  spendWork(characters: number): void {
    this.#work += characters;
    if (this.#work > MAX_WORK) exceed('work');
  }

  /** How many distinct values may be looked for in the texts. */
  checkValues(count: number): void {
    if (count > this.#maxHits) exceed('hits');
  }

  checkLength(length: number): void {
    if (length > this.#maxOutputLength) exceed('length');
  }
}

/** Ends the walk; caught where it began, and never seen outside of this package. */
export class OverBudget extends MaskingError {
  readonly kind: BudgetKind;

  constructor(kind: BudgetKind) {
    super('over_budget', -1, `Masking the message went over its budget: ${kind}.`);
    this.kind = kind;
  }
}

function exceed(kind: BudgetKind): never {
  throw new OverBudget(kind);
}
