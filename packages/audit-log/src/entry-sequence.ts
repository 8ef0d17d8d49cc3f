import type { LeafRange } from './frontier.ts';

/** How a position stands to the positions before it. */
export type Arrival = 'next' | 'ahead' | 'late' | 'duplicate' | 'outside';

/**
 * Follows the positions of a run of entries. Gaps are kept as ranges, because a hostile file can
 * leave out billions of positions with one line.
 */
export class EntrySequence {
  readonly #first: number;
  readonly #end: number;
  #expected: number;
  #gaps: LeafRange[] = [];

  constructor(firstPosition: number, count: number) {
    this.#first = firstPosition;
    this.#end = firstPosition + count;
    this.#expected = firstPosition;
  }

  arrive(position: number): Arrival {
    if (position < this.#first || position >= this.#end) return 'outside';
    if (position >= this.#expected) {
      const arrival = position === this.#expected ? 'next' : 'ahead';
      if (arrival === 'ahead') this.#gaps.push({ start: this.#expected, end: position });
      this.#expected = position + 1;
      return arrival;
    }
    return this.#fill(position) ? 'late' : 'duplicate';
  }

  /** Runs that never came although later entries did. */
  get gaps(): readonly LeafRange[] {
    return this.#gaps;
  }

  /** What is missing at the end. */
  get tail(): LeafRange {
    return { start: this.#expected, end: this.#end };
  }

  #fill(position: number): boolean {
    const gap = this.#gaps.find(({ start, end }) => start <= position && position < end);
    if (gap === undefined) return false;
    this.#gaps = this.#gaps
      .flatMap((other) =>
        other === gap
          ? [
              { start: gap.start, end: position },
              { start: position + 1, end: gap.end },
            ]
          : [other],
      )
      .filter(({ start, end }) => start < end);
    return true;
  }
}
