interface Followed {
  /** Whether memory shows what the database says. Cheap: asked all the time. */
  isCurrent(): Promise<boolean>;
  /** Fills memory from the database. */
  load(): Promise<void>;
  /** What is known stays; the next poll tries again. */
  onFailure(error: unknown): void;
  readonly pollMs: number;
}

/**
 * Keeps something in memory in step with the database: a hint makes it look at once, a poll finds out
 * anyway. One load at a time, so that memory never goes backwards.
 */
export class Follower {
  #loading: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly followed: Followed) {}

  /** Resolves after the first load, whether or not it came off. */
  async start(): Promise<void> {
    await this.hint();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#loading?.catch(() => undefined);
  }

  /** Something may have changed. Never rejects. */
  async hint(): Promise<void> {
    await this.refresh().catch((error: unknown) => this.followed.onFailure(error));
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    this.#again = this.#loading !== undefined;
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.followed.load();
      } while (this.#again);
    } finally {
      this.#loading = undefined;
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    const poll = () => void this.#poll().finally(() => this.#schedule());
    this.#timer = setTimeout(poll, this.followed.pollMs).unref();
  }

  async #poll(): Promise<void> {
    try {
      if (!(await this.followed.isCurrent())) await this.refresh();
    } catch (error) {
      this.followed.onFailure(error);
    }
  }
}
