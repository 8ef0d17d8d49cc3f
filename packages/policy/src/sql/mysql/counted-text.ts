import { unreadable } from '../unreadable.ts';

/** What the generated parser does with its input, and all that it does. */
export interface ScannedText {
  readonly length: number;
  charAt(index: number): string;
  charCodeAt(index: number): number;
  substr(from: number, length?: number): string;
  trim(): ScannedText;
}

/** How often the statements of one text may be looked at, all together. */
export interface Looks {
  left: number;
}

/**
 * A text that may be looked at a limited number of times. A PEG grammar goes back and tries again,
 * on some nestings exponentially often, and each attempt looks at the text: so the looks bound the
 * parser's time, and do so the same way on every machine.
 */
export class CountedText implements ScannedText {
  readonly length: number;
  readonly #text: string;
  readonly #looks: Looks;

  constructor(text: string, looks: Looks) {
    this.length = text.length;
    this.#text = text;
    this.#looks = looks;
  }

  charAt(index: number): string {
    this.#look();
    return this.#text.charAt(index);
  }

  charCodeAt(index: number): number {
    this.#look();
    return this.#text.charCodeAt(index);
  }

  substr(from: number, length = this.length): string {
    this.#look();
    return this.#text.slice(from, from + length);
  }

  trim(): this {
    return this;
  }

  #look(): void {
    if (--this.#looks.left < 0) throw unreadable('the statement is too complex');
  }
}
