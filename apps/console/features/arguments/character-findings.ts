import type { JsonNode } from '@holdpoint/mcp';
import { visibleText } from '@holdpoint/contracts';

/** A character that can't be seen, changes the direction, or passes for another: what, and where. */
export interface CharacterFinding {
  /** `U+202E` */
  readonly code: string;
  readonly name: string;
  readonly shown: string | null;
  readonly count: number;
  /** The first few places, as `sql, line 3`. */
  readonly places: readonly string[];
}

export interface Findings {
  readonly characters: readonly CharacterFinding[];
  /** Kinds of characters beyond those: each is marked in its place, and a legend of them all hides the arguments. */
  readonly others: number;
  /** Where empty space pushes what follows out of sight. */
  readonly gaps: readonly string[];
}

const PLACES_TOLD = 4;
const CHARACTERS_TOLD = 100;
const EMPTY_LINES = 10;
const SPACES = 60;
/** Nothing of these is ever marked. */
const PLAIN = /^[\t\x20-\x7e]*$/;

/** What in the arguments a reader could miss or mistake, names of members included. */
export function findingsIn(root: JsonNode): Findings {
  const characters = new Map<
    string,
    { -readonly [K in keyof CharacterFinding]: CharacterFinding[K] }
  >();
  const gaps: string[] = [];

  const look = (text: string, where: string, shape: 'line' | 'block') => {
    if (shape === 'line' && PLAIN.test(text)) return;
    for (const segment of visibleText(text, shape)) {
      if (segment.kind === 'text') continue;
      const { code, name, shown } = segment;
      const found = characters.get(code);
      const places = found?.places ?? [];
      characters.set(code, {
        ...{ code, name, shown },
        count: (found?.count ?? 0) + 1,
        places:
          places.length < PLACES_TOLD && !places.includes(where) ? [...places, where] : places,
      });
    }
  };
  const lookAtText = (text: string, where: string) => {
    let empty = 0;
    const lines = text.split('\n');
    for (const [index, line] of lines.entries()) {
      const place = lines.length === 1 ? where : `${where}, line ${index + 1}`;
      if (!PLAIN.test(line)) look(line, place, 'block');
      if (line.trim() === '') {
        empty += 1;
        continue;
      }
      if (empty >= EMPTY_LINES && index > empty) gaps.push(`${empty} empty lines before ${place}`);
      empty = 0;
      for (const { 0: run, index: at } of line.matchAll(/[ \t]+/g)) {
        const isAtEnd = at + run.length === line.length;
        if (run.length >= SPACES && !isAtEnd) gaps.push(`${run.length} spaces in ${place}`);
      }
    }
  };
  const walk = (node: JsonNode, where: string): void => {
    if (node.kind === 'string') return lookAtText(node.value, where);
    if (node.kind === 'array') node.items.forEach((item, at) => walk(item, `${where}[${at + 1}]`));
    if (node.kind !== 'object') return;
    for (const { key, value } of node.members) {
      const name = where === '' ? key : `${where}.${key}`;
      look(key, `the name ${name}`, 'line');
      walk(value, name);
    }
  };
  walk(root, '');
  const told = [...characters.values()].slice(0, CHARACTERS_TOLD);
  return { characters: told, others: characters.size - told.length, gaps };
}
