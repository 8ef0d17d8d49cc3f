const LEAST_LENGTH = 4;
const LEAST_LINE = 16;
const HIDDEN = '[secret]';

/**
 * The secrets that this process has handed out, so that no line of a log and no error repeats one.
 * Shorter ones are left: hiding every "a" would hide everything else.
 */
export class Secrets {
  readonly #known = new Set<string>();
  /** The longest first: one that begins like another must not leave the rest of it standing. */
  #ordered: readonly string[] = [];

  add(secret: string): void {
    // A key of many lines is written to a log line by line.
    const lines = secret.split(/[\r\n]+/).filter((line) => line.length >= LEAST_LINE);
    const before = this.#known.size;
    for (const each of [secret, ...lines]) if (each.length >= LEAST_LENGTH) this.#known.add(each);
    if (this.#known.size > before)
      this.#ordered = [...this.#known].sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of this.#ordered) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, HIDDEN);
    }
    return clean;
  }
}
