import { DEFAULT_MAX_BYTES } from '../frame/frame.ts';
import { McpError } from '../mcp.error.ts';

/** One block of an event stream. A field is absent where the block did not name it. */
export interface SseMessage {
  readonly kind: 'message';
  readonly event?: string;
  /** An empty id is a value: it resets what the client would resume from. */
  readonly id?: string;
  /** The data lines joined by `\n`. */
  readonly data?: string;
  readonly retry?: number;
}

/** A comment line, without the colon and the space behind it. */
export interface SseComment {
  readonly kind: 'comment';
  readonly comment: string;
}

/** What {@link SseDecoder} yields. */
export type SseEvent = SseMessage | SseComment;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const INITIAL_LINE_BYTES = 4096;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes a `text/event-stream` body (WHATWG HTML, 9.2) however it is cut into chunks.
 *
 * Unlike a browser it also yields blocks that hold only an `id` or a `retry`, and
 * comments, because a proxy has to pass them on.
 */
export class SseDecoder {
  readonly #maxEventBytes: number;
  /** Grown by doubling, so that one-byte chunks cost one byte and not one object each. */
  #line = new Uint8Array(INITIAL_LINE_BYTES);
  #lineBytes = 0;
  #eventBytes = 0;
  #fields: { event?: string; id?: string; retry?: number } = {};
  #data: string[] = [];
  #firstLine = true;
  #skipLineFeed = false;

  constructor(options: { readonly maxEventBytes?: number } = {}) {
    this.#maxEventBytes = options.maxEventBytes ?? DEFAULT_MAX_BYTES;
  }

  /**
   * @param chunk - may be reused by the caller afterwards
   * @throws McpError `frame_too_large`; the stream can't be read any further then
   */
  push(chunk: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    let at = 0;
    let lineFeed = chunk.indexOf(LF);
    let carriageReturn = chunk.indexOf(CR);
    while (at < chunk.length) {
      if (this.#skipLineFeed) {
        this.#skipLineFeed = false;
        if (chunk[at] === LF) {
          at += 1;
          continue;
        }
      }
      if (lineFeed !== -1 && lineFeed < at) lineFeed = chunk.indexOf(LF, at);
      if (carriageReturn !== -1 && carriageReturn < at) carriageReturn = chunk.indexOf(CR, at);
      const end = nearest(lineFeed, carriageReturn);
      if (end === -1) {
        this.#append(chunk.subarray(at));
        break;
      }
      this.#append(chunk.subarray(at, end));
      this.#endLine(events);
      this.#skipLineFeed = end === carriageReturn;
      at = end + 1;
    }
    return events;
  }

  /**
   * Ends the stream. A block that no blank line has finished is dropped, as the standard
   * demands: half an answer is no answer. So nothing is left to yield.
   */
  end(): SseEvent[] {
    this.#line = new Uint8Array(0);
    this.#lineBytes = 0;
    this.#reset();
    return [];
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#lineBytes + bytes.length;
    if (this.#eventBytes + needed > this.#maxEventBytes) throw new McpError('frame_too_large');
    if (needed > this.#line.length) {
      const grown = new Uint8Array(Math.max(needed, this.#line.length * 2));
      grown.set(this.#line.subarray(0, this.#lineBytes));
      this.#line = grown;
    }
    this.#line.set(bytes, this.#lineBytes);
    this.#lineBytes = needed;
  }

  #endLine(events: SseEvent[]): void {
    let line = decoder.decode(this.#line.subarray(0, this.#lineBytes));
    if (this.#firstLine && line.startsWith('\uFEFF')) line = line.slice(1);
    this.#firstLine = false;
    const bytes = this.#lineBytes + 1;
    this.#lineBytes = 0;
    // One large event must not keep its buffer for the rest of a long stream.
    if (this.#line.length > 16 * INITIAL_LINE_BYTES)
      this.#line = new Uint8Array(INITIAL_LINE_BYTES);

    if (line === '') {
      this.#dispatch(events);
    } else if (line.charCodeAt(0) === COLON) {
      events.push({ kind: 'comment', comment: valueAfter(line, 0) });
    } else {
      this.#eventBytes += bytes;
      this.#field(line);
    }
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : valueAfter(line, colon);
    switch (name) {
      case 'data':
        this.#data.push(value);
        break;
      case 'event':
        this.#fields.event = value;
        break;
      case 'id':
        if (!value.includes('\0')) this.#fields.id = value;
        break;
      case 'retry':
        if (/^[0-9]{1,15}$/.test(value)) this.#fields.retry = Number(value);
        break;
      default: // The standard says to ignore it.
    }
  }

  #dispatch(events: SseEvent[]): void {
    const { id, retry } = this.#fields;
    if (this.#data.length > 0) {
      events.push({ kind: 'message', ...this.#fields, data: this.#data.join('\n') });
    } else if (id !== undefined || retry !== undefined) {
      events.push({ kind: 'message', ...this.#fields });
    }
    this.#reset();
  }

  #reset(): void {
    this.#fields = {};
    this.#data = [];
    this.#eventBytes = 0;
  }
}

function nearest(a: number, b: number): number {
  if (a === -1) return b;
  if (b === -1) return a;
  return Math.min(a, b);
}

/** The value behind a colon; one space after it belongs to the syntax. */
function valueAfter(line: string, colon: number): string {
  return line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
}
