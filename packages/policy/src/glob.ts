import { PolicyError } from './policy-error.ts';

/** Tests one text against a compiled pattern. */
export type GlobTest = (text: string) => boolean;

/** Longest pattern accepted. Matching costs at most pattern length × text length steps. */
export const MAX_GLOB_LENGTH = 512;

/**
 * - `name`: `*` and `**` both stand for any run of characters. A deny rule for the tool `*` must
 *   not be dodged by a tool called `a/b`, so a name has no separator.
 * - `path`: `*` stops at `/`, `**` doesn't. Used for resource addresses.
 */
export type GlobKind = 'name' | 'path';

/**
 * Compiles an anchored, case-sensitive pattern of `*`, `**`, `?` and literal characters.
 *
 * There is no escape character and no backtracking: the pattern is walked as a set of states, so
 * that hostile text can't make it slow.
 *
 * @throws PolicyError `invalid_glob` for an empty or overlong pattern.
 */
export function compileGlob(pattern: string, kind: GlobKind = 'name'): GlobTest {
  const compiled = COMPILED[kind];
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const test = compile(pattern, kind);
  // A pattern may come from an agent's arguments, so what is remembered must not pile up.
  if (compiled.size >= MAX_REMEMBERED) compiled.clear();
  compiled.set(pattern, test);
  return test;
}

const MAX_REMEMBERED = 4_096;
const COMPILED: Readonly<Record<GlobKind, Map<string, GlobTest>>> = {
  name: new Map(),
  path: new Map(),
};

function compile(pattern: string, kind: GlobKind): GlobTest {
  if (pattern === '') throw new PolicyError('invalid_glob', 'A pattern must not be empty.');
  if (pattern.length > MAX_GLOB_LENGTH) {
    throw new PolicyError(
      'invalid_glob',
      `A pattern may have at most ${MAX_GLOB_LENGTH} characters.`,
    );
  }
  if (pattern === '*' || pattern === '**') return () => true;
  if (isLiteral(pattern)) return (text) => text === pattern;

  const tokens = tokenize(pattern, kind);
  return (text) => run(tokens, text);
}

/** Whether the pattern matches one text only. */
export function isLiteral(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}

type Token =
  | { readonly kind: 'literal'; readonly char: string }
  | { readonly kind: 'one'; readonly crossesSlash: boolean }
  | { readonly kind: 'run'; readonly crossesSlash: boolean };

function tokenize(pattern: string, kind: GlobKind): Token[] {
  const tokens: Token[] = [];
  const chars = [...pattern];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    if (char === '?') {
      tokens.push({ kind: 'one', crossesSlash: kind === 'name' });
    } else if (char === '*') {
      let stars = 1;
      while (chars[i + 1] === '*') {
        stars++;
        i++;
      }
      tokens.push({ kind: 'run', crossesSlash: kind === 'name' || stars > 1 });
    } else {
      tokens.push({ kind: 'literal', char });
    }
  }
  return tokens;
}

/** States are positions in `tokens`; a state after a `run` token is reachable without a character. */
function run(tokens: readonly Token[], text: string): boolean {
  let states = reach(tokens, new Set([0]));
  for (const char of text) {
    const next = new Set<number>();
    for (const state of states) {
      const token = tokens[state];
      if (token === undefined) continue;
      if (token.kind === 'literal') {
        if (token.char === char) next.add(state + 1);
      } else if (token.crossesSlash || char !== '/') {
        next.add(token.kind === 'run' ? state : state + 1);
      }
    }
    if (next.size === 0) return false;
    states = reach(tokens, next);
  }
  return states.has(tokens.length);
}

function reach(tokens: readonly Token[], states: Set<number>): Set<number> {
  // A Set visits members added during iteration, which makes this the transitive closure.
  for (const state of states) {
    if (tokens[state]?.kind === 'run') states.add(state + 1);
  }
  return states;
}
