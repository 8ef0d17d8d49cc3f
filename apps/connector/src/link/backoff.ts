/**
 * Waits that double from try to try, each shortened by up to a half at random: many that lost the same
 * peer at once don't all come back at once.
 */
export class Backoff {
  readonly #leastMs: number;
  readonly #mostMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(leastMs: number, mostMs: number, random: () => number = Math.random) {
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
    this.#random = random;
  }

  get tries(): number {
    return this.#tries;
  }

  /** How long to wait before the next try, in milliseconds. */
  next(): number {
    const whole = Math.min(this.#mostMs, this.#leastMs * 2 ** Math.min(this.#tries, 30));
    this.#tries += 1;
    return Math.round(whole * (1 - this.#random() / 2));
  }

  /** It went well for long enough. */
  reset(): void {
    this.#tries = 0;
  }
}
