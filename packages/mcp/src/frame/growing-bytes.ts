/**
 * Bytes that come in pieces, put into their place at once. A piece that is kept as it came is an object,
 * and keeps all the memory that it was read into: sent one by one, a million bytes would take gigabytes.
 */
export class GrowingBytes {
  readonly #mostBytes: number;
  #room = new Uint8Array(0);
  #size = 0;

  /** @param mostBytes - more room than this is only made for more bytes than this */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** @param piece - may be reused by the caller afterwards */
  append(piece: Uint8Array): void {
    const needed = this.#size + piece.length;
    if (needed > this.#room.length) {
      const larger = new Uint8Array(
        Math.max(needed, Math.min(this.#room.length * 2, this.#mostBytes)),
      );
      larger.set(this.#room.subarray(0, this.#size));
      this.#room = larger;
    }
    this.#room.set(piece, this.#size);
    this.#size = needed;
  }

  /** What has come, which is the caller's from now on. Here it begins anew. */
  take(): Uint8Array {
    const bytes = this.#room.subarray(0, this.#size);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#room = new Uint8Array(0);
    this.#size = 0;
  }
}
