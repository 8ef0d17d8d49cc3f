/** Numbers that a seed decides, so that whatever a run finds is found again by its number. */
export class SeededRandom {
  #state: number;

  /** Case `index` of run `seed`; neighbours share nothing. */
  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 0;
    for (let round = 0; round < 4; round += 1) this.#next();
  }

  /** 0 up to, but without, `limit`. */
  below(limit: number): number {
    return limit <= 0 ? 0 : this.#next() % limit;
  }

  oneIn(chances: number): boolean {
    return this.below(chances) === 0;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
