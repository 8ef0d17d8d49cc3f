/** A detected value: UTF-16 indices into the normalised text, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds values of one kind, one after the other: who has enough of them stops asking. Reads text an attacker may have written, in time linear to its length:
 * patterns are bounded (see `BOUNDED_PATTERNS` in the specs), everything longer is found by walking
 * outwards from an anchor, never past the previous find.
 */
export type Detect = (text: string) => Iterable<Span>;

/** Every match of a pattern with the flag `g` or `gd`, as spans. */
export function* spansOf(text: string, pattern: RegExp): Iterable<Span> {
  // Not `matchAll`, which copies the pattern for every text: most texts are short and match nothing.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    // Where a pattern captures, the capture is the value and the rest is its label.
    const [start, end] = match.indices?.[1] ?? [match.index, match.index + match[0].length];
    yield { start, end };
  }
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
