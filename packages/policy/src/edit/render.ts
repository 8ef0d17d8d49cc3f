import { definedKeys, isList, isPlainMap, type PlainMap, type PlainValue } from './values.ts';

/** How the text around a value is written. */
export interface Surroundings {
  /** Inside `[…]` or `{…}`, where fewer characters may stay unquoted and lines don't matter. */
  readonly flow: boolean;
  /** Column of the mapping or list that the value is in. */
  readonly indent: number;
  readonly eol: string;
}

/** How a text was written before; a new one is written alike where it can be. */
export type TextStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

const FOLD_AT = 96;
/** How many levels of mappings get lines of their own; deeper ones are written `{ … }`. */
const LEVELS_ON_LINES = 2;

/** `key: value`, with the lines that belong to it; without the end of its last line. */
export function renderEntry(
  key: string,
  value: PlainValue,
  around: Surroundings,
  level = 1,
): string {
  const name = renderText(key, { ...around, flow: true });
  return `${name}:${behindKey(value, around, level)}`;
}

/** What stands behind `key:`: a space and the value, or lines of their own. */
function behindKey(value: PlainValue, around: Surroundings, level: number): string {
  if (!around.flow && isPlainMap(value) && level < LEVELS_ON_LINES && definedKeys(value).length > 0)
    return nested(renderMap(value, deeper(around), level + 1), deeper(around));
  if (!around.flow && isListOfMaps(value)) {
    const items = value.map((item) => `- ${renderValue(item, { ...around, flow: true })}`);
    return nested(items, deeper(around));
  }
  return ` ${renderValue(value, around)}`;
}

/** The lines of a block mapping, the first one without its indentation. */
export function renderMap(map: PlainMap, around: Surroundings, level = 1): readonly string[] {
  return definedKeys(map).map((key) => renderEntry(key, map[key] ?? null, around, level));
}

function nested(lines: readonly string[], around: Surroundings): string {
  const start = around.eol + ' '.repeat(around.indent);
  return lines.map((line) => start + line).join('');
}

function deeper(around: Surroundings): Surroundings {
  return { ...around, indent: around.indent + 2 };
}

function isListOfMaps(value: PlainValue): value is readonly PlainMap[] {
  return isList(value) && value.length > 0 && value.every(isPlainMap);
}

/** A value on one line, save for texts of many lines, which become block scalars where they may. */
export function renderValue(value: PlainValue, around: Surroundings, style?: TextStyle): string {
  if (typeof value === 'string') return renderText(value, around, style);
  if (value === null || typeof value !== 'object') return String(value);
  const inside = { ...around, flow: true };
  if (isList(value)) return `[${value.map((item) => renderValue(item, inside)).join(', ')}]`;
  const entries = renderMap(value, inside);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** A text as YAML that reads back as exactly this text. */
export function renderText(value: string, around: Surroundings, style?: TextStyle): string {
  if (value.includes('\n')) {
    return !around.flow && fitsBlock(value) ? renderLiteral(value, around) : doubleQuoted(value);
  }
  if (style === 'literal' && !around.flow && fitsBlock(value)) return renderLiteral(value, around);
  if (style === 'folded' && !around.flow && fitsFolded(value)) return renderFolded(value, around);
  if (style === 'double' || !PRINTABLE.test(value)) return doubleQuoted(value);
  if (style === 'single' || !isPlainSafe(value, around.flow)) return singleQuoted(value);
  return value;
}

const PRINTABLE =
  /^[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;
const RESOLVED =
  /^(?:~|null|true|false|yes|no|on|off|y|n|[.]{3}|[-+]?(?:\.inf|\.nan)|\.nan|[-+.]?\d.*|0[ox].*)$/i;

/** Stricter than YAML: what might be read as something else by anybody is quoted. */
function isPlainSafe(value: string, flow: boolean): boolean {
  if (!/^[\p{L}\p{N}_/.(]/u.test(value) || /[\s:]$/.test(value)) return false;
  if (RESOLVED.test(value) || /: | #|\t/.test(value)) return false;
  return !flow || !/[,[\]{}:"'#*?]/.test(value);
}

function singleQuoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** JSON is YAML, save for characters that a YAML file may not hold as they are. */
function doubleQuoted(value: string): string {
  const escaped = [...JSON.stringify(value)].map((character) =>
    PRINTABLE.test(character)
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );
  return escaped.join('');
}

/** A block scalar can't say everything: leading blanks need an indicator, odd characters an escape. */
function fitsBlock(value: string): boolean {
  const lines = value.replace(/\n$/, '').split('\n');
  const [first = ''] = lines;
  return (
    first.trim() !== '' &&
    !/^\s/.test(first) &&
    lines.every((line) => PRINTABLE.test(line) && !/\s$/.test(line)) &&
    lines.at(-1) !== ''
  );
}

function renderLiteral(value: string, around: Surroundings): string {
  const header = value.endsWith('\n') ? '|' : '|-';
  const lines = value.replace(/\n$/, '').split('\n');
  const indent = around.eol + ' '.repeat(around.indent + 2);
  return header + lines.map((line) => (line === '' ? around.eol : indent + line)).join('');
}

function fitsFolded(value: string): boolean {
  return fitsBlock(value) && !/\n/.test(value);
}

/** Lines are broken only at single spaces, which is what a reader joins them with. */
function renderFolded(value: string, around: Surroundings): string {
  const lines: string[] = [];
  let line = '';
  for (const word of value.split(/(?<=\S) (?=\S)/)) {
    if (line !== '' && line.length + word.length >= FOLD_AT - around.indent) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  const indent = around.eol + ' '.repeat(around.indent + 2);
  return `>-${[...lines, line].map((each) => indent + each).join('')}`;
}
