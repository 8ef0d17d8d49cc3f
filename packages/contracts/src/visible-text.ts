/**
 * Makes text that an attacker controls readable as what it is: whatever would be invisible, change
 * the reading direction, or pass for another letter becomes a mark.
 */
export type TextSegment =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'mark';
      /** `U+202E` */
      readonly code: string;
      /** What it is, in words. */
      readonly name: string;
      /** The character itself where showing it does no harm (a letter that passes for another). */
      readonly shown: string | null;
    };

/** Text of one line (a name) marks line breaks and tabs; text of many lines keeps them. */
export type TextShape = 'line' | 'block';

const NAMES: Readonly<Record<string, string>> = {
  '\u0000': 'null',
  '\t': 'tab',
  '\n': 'line feed',
  '\r': 'carriage return',
  '\u001b': 'escape',
  '\u007f': 'delete',
  '\u00a0': 'no-break space',
  '\u00ad': 'soft hyphen',
  '\u034f': 'grapheme joiner',
  '\u061c': 'Arabic letter mark',
  '\u115f': 'Hangul filler',
  '\u1160': 'Hangul filler',
  '\u180e': 'Mongolian vowel separator',
  '\u200b': 'zero-width space',
  '\u200c': 'zero-width non-joiner',
  '\u200d': 'zero-width joiner',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\u202a': 'left-to-right embedding',
  '\u202b': 'right-to-left embedding',
  '\u202c': 'end of direction change',
  '\u202d': 'left-to-right override',
  '\u202e': 'right-to-left override',
  '\u2060': 'word joiner',
  '\u2066': 'left-to-right isolate',
  '\u2067': 'right-to-left isolate',
  '\u2068': 'first-strong isolate',
  '\u2069': 'end of isolate',
  '\u2800': 'blank Braille pattern',
  '\u3164': 'Hangul filler',
  '\ufeff': 'byte order mark',
  '\uffa0': 'Hangul filler',
};

// Format, control, surrogate, private, unassigned, line and paragraph separators, every space but
// the ASCII one, variation selectors, and the letters that draw nothing.
const UNSEEN = new RegExp(
  [
    String.raw`[\p{Cf}\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]`,
    String.raw`(?! )\p{Zs}`,
    String.raw`[\u180b-\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]`,
    String.raw`\u034f|\u115f|\u1160|\u17b4|\u17b5|\u2800|\u3164|\uffa0`,
  ].join('|'),
  'u',
);

/** Nothing of these is ever marked; most text is of them alone. */
const PLAIN: Readonly<Record<TextShape, RegExp>> = {
  line: /^[\x20-\x7e]*$/,
  block: /^[\n\t\x20-\x7e]*$/,
};

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /\p{Script=Latin}/u;
// Scripts whose letters pass for no Latin one: `Python入門` is written like that by honest people.
const UNLIKE_LATIN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Arabic}]/u;
const FOREIGN_LETTER = /(?!\p{Script=Latin}|\p{Script=Common}|\p{Script=Inherited})\p{L}/u;

// Letters of other scripts that print as a Latin one in common fonts (Unicode TR 39, the usual ones).
const LOOKALIKES = new Set([
  ...'аеорсухіјѕһԁԛԝӏАВЕКМНОРСТУХІЈЅҮ',
  ...'οανρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ',
  ...'օոսհցզԼՕՍ',
]);

/** Splits `text` so that every character a reader could miss or mistake is a mark of its own. */
export function visibleText(text: string, shape: TextShape = 'line'): TextSegment[] {
  if (PLAIN[shape].test(text)) return text === '' ? [] : [{ kind: 'text', text }];
  const suspects = lookalikePositions(text);
  const segments: TextSegment[] = [];
  let plain = '';
  let position = 0;
  let before = '';

  for (const character of text) {
    const mark = markOf(character, before, suspects.has(position), shape);
    if (mark === null) {
      plain += character;
    } else {
      if (plain !== '') segments.push({ kind: 'text', text: plain });
      plain = '';
      segments.push(mark);
    }
    before = character;
    position += character.length;
  }
  if (plain !== '') segments.push({ kind: 'text', text: plain });
  return segments;
}

/** The same as one string, for a document title or an accessible name: `a[U+200B]b`. */
export function visibleString(text: string): string {
  return visibleText(text)
    .map((segment) => (segment.kind === 'text' ? segment.text : `[${segment.code}]`))
    .join('');
}

function markOf(
  character: string,
  before: string,
  suspect: boolean,
  shape: TextShape,
): TextSegment | null {
  if (shape === 'block' && (character === '\n' || character === '\t')) return null;
  if (UNSEEN.test(character)) {
    // An emoji's own presentation selector changes nothing that a reader decides on.
    if (character === '\ufe0f' && /\p{Extended_Pictographic}/u.test(before)) return null;
    return mark(character, NAMES[character] ?? unseenName(character), null);
  }
  if (suspect) return mark(character, 'looks like another letter', character);
  return null;
}

const TAGS_FROM = 0xe0000;
const TAGS_TO = 0xe007f;

/** Tag characters draw nothing and spell ASCII, which is how a hidden instruction is written. */
function unseenName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < TAGS_FROM || code > TAGS_TO) return 'invisible character';
  const spelled = code - TAGS_FROM;
  return spelled > 0x20 && spelled < 0x7f
    ? `tag character “${String.fromCharCode(spelled)}”`
    : 'tag character';
}

function mark(character: string, name: string, shown: string | null): TextSegment {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { kind: 'mark', code: `U+${hex}`, name, shown };
}

/**
 * Positions of letters that pass for Latin ones: foreign letters in a word that has Latin ones too,
 * words made of look-alikes alone, and compatibility forms (full-width, mathematical) of ASCII.
 */
function lookalikePositions(text: string): Set<number> {
  const positions = new Set<number>();
  const words = [...text.matchAll(WORD)];
  const looks = words.map(([word]) => lookOf(word));
  words.forEach((match, index) => {
    const look = looks[index];
    // Beside a word that can only be of that script, one made of look-alikes is of it too.
    const isAmongIts = looks[index - 1] === 'foreign' || looks[index + 1] === 'foreign';
    const suspect = look === 'mixed' || (look === 'disguised' && !isAmongIts);
    let position = match.index;
    for (const character of match[0]) {
      if ((suspect && isForeign(character)) || isAsciiInDisguise(character)) {
        positions.add(position);
      }
      position += character.length;
    }
  });
  return positions;
}

/** A word: of Latin and other letters, of letters that all pass for Latin ones, of another script, or none of it. */
function lookOf(word: string): 'mixed' | 'disguised' | 'foreign' | 'plain' {
  const letters = [...word].filter((character) => /\p{L}/u.test(character));
  if (!letters.some(isForeign)) return 'plain';
  if (LATIN.test(word)) return 'mixed';
  return letters.every((letter) => LOOKALIKES.has(letter)) ? 'disguised' : 'foreign';
}

function isForeign(character: string): boolean {
  return FOREIGN_LETTER.test(character) && !UNLIKE_LATIN.test(character);
}

function isAsciiInDisguise(character: string): boolean {
  return character > '\u00ff' && /^[A-Za-z0-9]$/.test(character.normalize('NFKC'));
}
