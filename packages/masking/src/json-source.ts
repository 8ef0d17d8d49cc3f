import type { TextEdit } from '@holdpoint/mcp';

interface Part {
  readonly start: number;
  readonly end: number;
}

/** Edits that take some members or items out, each with the comma that belonged to it. */
export function removalEdits(parts: readonly Part[], removed: ReadonlySet<number>): TextEdit[] {
  const edits: TextEdit[] = [];
  let kept: Part | undefined;
  let run: Part | undefined;
  for (const [index, part] of parts.entries()) {
    if (removed.has(index)) {
      run = { start: run?.start ?? kept?.end ?? part.start, end: part.end };
      continue;
    }
    // Without a kept part in front, the comma behind the run goes.
    if (run !== undefined)
      edits.push({ start: run.start, end: kept === undefined ? part.start : run.end, text: '' });
    run = undefined;
    kept = part;
  }
  if (run !== undefined) edits.push({ ...run, text: '' });
  return edits;
}

/** The end of the string literal that starts at `start`, exclusive. The text is known to be JSON. */
export function keyEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Cheap test before parsing: how an object, an array or a string literal begins. `[redacted:…` doesn't. */
export function looksLikeJson(text: string): boolean {
  return JSON_START.test(text);
}

const JSON_START = /^[ \t\r\n]*(?:"|\{[ \t\r\n]*["}]|\[[ \t\r\n]*[\]{["\-\dtfn])/;

/**
 * The digits of a number literal whose value is whole, `''` for any other: `4.2E3` and `4200.0`
 * are spellings of 4200. Longer than 19 digits is no number that is looked for.
 */
export function integerDigits(raw: string): string {
  const parts = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(raw);
  if (parts === null) return '';
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  const places = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (places > 19 || places < 1 || /[1-9]/.test(digits.slice(places))) return '';
  return digits.slice(0, places).padEnd(places, '0');
}

const BINARY_KEYS = new Set(['blob', 'data']);

/**
 * Is this base64 of something? Not decoded and not searched: a blob's chance digits aren't a card
 * number, and a cut in it would break an image. What an upstream hides in a blob stays hidden there.
 */
export function isEncodedBinary(key: string | undefined, value: string): boolean {
  if (key === undefined || !BINARY_KEYS.has(key) || value.length < 64 || value.length % 4 !== 0)
    return false;
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) && /[A-Za-z]/.test(value);
}
