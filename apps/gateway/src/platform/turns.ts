/**
 * One after the other for each key, within this process. What is about to wait for a lock that the database
 * gives to one at a time waits here instead, where it keeps no connection that others need.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param patienceMs Whoever waited so long for its turn begins without: a turn is a courtesy, no lock. */
  constructor(private readonly patienceMs: number) {}

  /** For how many keys something is under way. */
  get size(): number {
    return this.#last.size;
  }

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: mine, resolve: done } = Promise.withResolvers<void>();
    const all = before === undefined ? mine : before.then(() => mine);
    this.#last.set(key, all);
    void all.then(() => {
      if (this.#last.get(key) === all) this.#last.delete(key);
    });
    try {
      if (before !== undefined) await this.#atMost(before);
      return await work();
    } finally {
      done();
    }
  }

  async #atMost(before: Promise<unknown>): Promise<void> {
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.patienceMs);
    await Promise.race([before, enough]);
    clearTimeout(timer);
  }
}
