import type { LogBatch } from '@holdpoint/tunnel';
import type { Secrets } from '../credentials/secrets.ts';

type Line = LogBatch['lines'][number];
export type LogLevel = Line['level'];

const RING_LINES = 1000;
const MAX_TEXT = 2000;
/** Lines that wait for a batch; more are counted, not sent. */
const WAITING_LINES = 200;
const BATCH_MS = 1000;
/** Below what a LOG frame holds, whatever JSON makes of the characters. */
const BATCH_CHARACTERS = 6_000;
/** What a line takes beside its text. */
const LINE_CHARACTERS = 100;

/** Everything but a tab that moves a terminal's cursor or changes its colours. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text of somebody else, for a terminal. */
export function steerless(text: string): string {
  return text.replace(CONTROL, ' ');
}

/**
 * The connector's log: to its own standard error, and in bounded batches to the gateway. A server's
 * lines come from a program that may write anything and any amount.
 * INVARIANT: no known secret passes, and nothing grows with what is written.
 */
export class ConnectorLog {
  readonly #secrets: Secrets;
  readonly #write: (line: string) => void;
  readonly #ring: Line[] = [];
  #unsent: Line[] = [];
  #dropped = 0;
  #lastProblem: string | undefined;
  #send: ((batch: LogBatch) => boolean) | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(secrets: Secrets, write: (line: string) => void) {
    this.#secrets = secrets;
    this.#write = write;
    this.#timer = setInterval(() => this.flush(), BATCH_MS);
    this.#timer.unref();
  }

  info(text: string, server?: string): void {
    this.#add('info', text, server);
  }

  warn(text: string, server?: string): void {
    this.#add('warn', text, server);
  }

  error(text: string, server?: string): void {
    this.#add('error', text, server);
  }

  /** Text without secrets, control characters and length: for whatever leaves the connector. */
  clean(text: string, length = MAX_TEXT): string {
    return steerless(this.#secrets.redact(text)).slice(0, length);
  }

  /** Where batches go from now on; undefined keeps what there is. `send` says whether it could. */
  connect(send: ((batch: LogBatch) => boolean) | undefined): void {
    this.#send = send;
  }

  /** The newest warning or error, and whose it is. */
  get lastProblem(): string | undefined {
    return this.#lastProblem;
  }

  /** The lines that are kept, oldest first. */
  get lines(): readonly Line[] {
    return this.#ring;
  }

  stop(): void {
    this.flush();
    clearInterval(this.#timer);
  }

  flush(): void {
    if (this.#send === undefined || (this.#unsent.length === 0 && this.#dropped === 0)) return;
    const lines: Line[] = [];
    let characters = 0;
    for (const line of this.#unsent) {
      characters += line.text.length + LINE_CHARACTERS;
      if (lines.length > 0 && characters > BATCH_CHARACTERS) break;
      lines.push(line);
    }
    if (!this.#send({ dropped: this.#dropped, lines })) return;
    this.#unsent = this.#unsent.slice(lines.length);
    this.#dropped = 0;
  }

  #add(level: LogLevel, raw: string, server: string | undefined): void {
    const text = this.clean(raw);
    const at = new Date().toISOString();
    const line: Line = { at, level, ...(server !== undefined && { server }), text };
    this.#write(`${at} ${level.padEnd(5)} ${server === undefined ? '' : `[${server}] `}${text}\n`);
    if (level !== 'info') {
      this.#lastProblem = `${server === undefined ? '' : `${server}: `}${text}`.slice(0, 500);
    }
    this.#ring.push(line);
    if (this.#ring.length > RING_LINES) this.#ring.shift();
    if (this.#unsent.length < WAITING_LINES) this.#unsent.push(line);
    else this.#dropped += 1;
  }
}
