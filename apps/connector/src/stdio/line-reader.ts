import { GrowingBytes } from '@holdpoint/mcp';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts a byte stream into lines, and keeps at most one line's worth of it. */
export class LineReader {
  readonly #maxBytes: number;
  readonly #onLine: (line: Uint8Array) => void;
  readonly #onTooLong: () => void;
  /** Of a line that came whole, or of the beginning of one. */
  #first: Uint8Array | undefined;
  readonly #more: GrowingBytes;
  #size = 0;
  #isSkipping = false;

  /** @param onTooLong - a line was longer than `maxBytes`: none of it is passed on */
  constructor(maxBytes: number, onLine: (line: Uint8Array) => void, onTooLong: () => void) {
    this.#maxBytes = maxBytes;
    this.#more = new GrowingBytes(maxBytes);
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, at);
      if (end === -1) break;
      this.#keep(chunk.subarray(at, end));
      this.#finish();
      at = end + 1;
    }
    if (at < chunk.byteLength) this.#keep(chunk.subarray(at));
  }

  /** What stands behind the last line break is a line too. */
  end(): void {
    if (this.#size > 0) this.#finish();
  }

  #keep(part: Uint8Array): void {
    if (this.#isSkipping || part.byteLength === 0) return;
    this.#size += part.byteLength;
    if (this.#size > this.#maxBytes) {
      this.#isSkipping = true;
      this.#first = undefined;
      this.#more.clear();
    } else if (this.#size === part.byteLength) {
      this.#first = part;
    } else {
      // A program may write byte by byte.
      if (this.#first !== undefined) this.#more.append(this.#first);
      this.#first = undefined;
      this.#more.append(part);
    }
  }

  #finish(): void {
    const line = this.#first ?? this.#more.take();
    const tooLong = this.#isSkipping;
    this.#first = undefined;
    this.#size = 0;
    this.#isSkipping = false;
    if (tooLong) return this.#onTooLong();
    if (line.byteLength === 0) return;
    const length = line.at(-1) === CARRIAGE_RETURN ? line.byteLength - 1 : line.byteLength;
    if (length > 0) this.#onLine(line.subarray(0, length));
  }
}
