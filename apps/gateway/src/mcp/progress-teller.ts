import { progressNotification, progressTokenOf, type SseFields } from '@holdpoint/mcp';
import type { Call } from './call.ts';

/** Clients that reset their timeout on progress need it well before a minute is over. */
const PROGRESS_MS = 10_000;

/**
 * A modern answer may need an HTTP status of its own, which an open stream can't have any more: a
 * verdict that comes at once, as from a program, still finds the exchange without headers.
 */
const PATIENCE_MS = 500;

/** What a held call's agent hears meanwhile: comments and, where it gave a token, strictly rising progress. */
export class ProgressTeller {
  readonly #token: string | undefined;
  #told = 0;
  #note = '';
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param startedAt - when the call began to wait, on whichever exchange
   * @param primer - makes the stream resumable, where it may be closed early
   */
  constructor(
    private readonly call: Call,
    private readonly link: string,
    private readonly startedAt: number,
    private readonly primer: SseFields | null,
  ) {
    this.#token = progressTokenOf(call.frame.message);
  }

  /** What is added to the upstream's progress, which may begin at 0 and has to be above the last one told. */
  get base(): number {
    return this.#told === 0 ? 0 : this.#told + 1;
  }

  /** Flushes the stream's headers: clients give up on silence. */
  async begin(): Promise<void> {
    if (this.#timer) return;
    if (this.call.era === 'legacy') return this.#open();
    this.#timer = setTimeout(() => void this.#open(), PATIENCE_MS).unref();
  }

  async #open(): Promise<void> {
    this.call.exchange.startStream();
    this.#timer = setInterval(() => void this.#tell(), PROGRESS_MS).unref();
    if (this.primer) await this.call.exchange.event(this.primer);
    await this.call.exchange.comment(`held for approval: ${this.link}`);
    await this.#tell();
  }

  /** Why the wait goes on, where that changed: said at once, and from then on. */
  async note(text: string): Promise<void> {
    if (text === this.#note) return;
    this.#note = text;
    // Headers may still be held back; the first thing that is told then has it.
    if (!this.call.exchange.isStreaming) return;
    await this.call.exchange.comment(text);
    await this.#tell();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    if (this.#token === undefined) return;
    // Of the time that passed, so that it still rises after the wait went on elsewhere.
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    this.#told = Math.max(this.#told, seconds) + 1;
    const note = this.#note === '' ? '' : `. ${this.#note}`;
    const message = `Waiting for approval: ${this.link}${note}`;
    await this.call.exchange.event({
      event: 'message',
      data: progressNotification(this.#token, this.#told, message),
    });
  }
}
