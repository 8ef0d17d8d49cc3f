import { readClause, writeClause, type Clause } from './clauses.ts';

export type Joint = 'and' | 'or';

/** A condition as parts that are joined alike. */
export interface ConditionParts {
  readonly joint: Joint;
  readonly parts: readonly ConditionPart[];
}

export interface ConditionPart {
  readonly clause: Clause;
  /** Where it stands in the condition, blanks around it left out. */
  readonly from: number;
  readonly to: number;
}

const SIGNS = { and: '&&', or: '||' } as const;

/** Takes a condition apart, as far as its outermost `&&` or `||`; one of both kinds is a single part. */
export function readCondition(source: string): ConditionParts {
  const outer = source.trim();
  if (outer === '') return { joint: 'and', parts: [] };
  const found = outerOperators(source);
  if (found === undefined || found.at.length === 0) {
    const from = source.indexOf(outer);
    return { joint: 'and', parts: [{ clause: readClause(outer), from, to: from + outer.length }] };
  }
  const ends = [...found.at, source.length];
  let start = 0;
  const parts = ends.map((end) => {
    const text = source.slice(start, end);
    const from = start + text.length - text.trimStart().length;
    start = end + 2;
    return { clause: readClause(text), from, to: from + text.trim().length };
  });
  return { joint: found.joint, parts };
}

/** The operators outside of all brackets and texts, if they are all the same. */
function outerOperators(source: string): { joint: Joint; at: readonly number[] } | undefined {
  const at: number[] = [];
  const joints = new Set<Joint>();
  let depth = 0;
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index];
    if (source.startsWith('//', index)) return undefined;
    if (character === '"' || character === "'") {
      if (isUnusualText(source, index)) return undefined;
      index = endOfText(source, index);
    } else if (character === '(' || character === '[' || character === '{') {
      depth += 1;
    } else if (character === ')' || character === ']' || character === '}') {
      depth -= 1;
    } else if (depth === 0 && character === '?') {
      return undefined;
    } else if (depth === 0 && (source.startsWith('&&', index) || source.startsWith('||', index))) {
      joints.add(character === '&' ? 'and' : 'or');
      at.push(index);
      index += 1;
    }
  }
  const [joint = 'and'] = joints;
  return depth === 0 && joints.size < 2 ? { joint, at } : undefined;
}

/** Raw texts, bytes and texts of three quotes end otherwise. */
function isUnusualText(source: string, start: number): boolean {
  return (
    /\b[rRbB]+$/.test(source.slice(Math.max(0, start - 3), start)) ||
    /^("{3}|'{3})/.test(source.slice(start, start + 3))
  );
}

function endOfText(source: string, start: number): number {
  for (let index = start + 1; index < source.length; index += 1) {
    if (source[index] === '\\') index += 1;
    else if (source[index] === source[start]) return index;
  }
  return source.length;
}

/** Puts another part in the place of one; what stands around it stays as it is written. */
export function replacePart(source: string, index: number, clause: Clause): string {
  const { parts } = readCondition(source);
  const part = parts[index];
  if (part === undefined) return source;
  const written = parts.length > 1 ? asPart(clause) : writeClause(clause);
  return source.slice(0, part.from) + written + source.slice(part.to);
}

export function addPart(source: string, clause: Clause): string {
  const { joint, parts } = readCondition(source);
  if (parts.length === 0) return writeClause(clause);
  const [only] = parts;
  const trimmed = source.trimEnd();
  const tail = source.slice(trimmed.length);
  const before =
    parts.length === 1 && only !== undefined
      ? source.slice(0, only.from) + asPart(readClause(trimmed.slice(only.from)))
      : trimmed;
  return `${before} ${SIGNS[joint]} ${asPart(clause)}${tail}`;
}

export function removePart(source: string, index: number): string {
  const { parts } = readCondition(source);
  const part = parts[index];
  if (part === undefined) return source;
  const next = parts[index + 1];
  const previous = parts[index - 1];
  if (next !== undefined) return source.slice(0, part.from) + source.slice(next.from);
  if (previous !== undefined) return source.slice(0, previous.to) + source.slice(part.to);
  return '';
}

/** Joins all parts by the other operator. */
export function joinParts(source: string, joint: Joint): string {
  const { parts } = readCondition(source);
  return parts
    .slice(0, -1)
    .reduceRight(
      (text, part, index) =>
        text.slice(0, part.to) +
        text.slice(part.to, parts[index + 1]?.from).replace(/&&|\|\|/, SIGNS[joint]) +
        text.slice(parts[index + 1]?.from ?? text.length),
      source,
    );
}

/** A part that has operators of its own is bracketed among others. */
function asPart(clause: Clause): string {
  const written = writeClause(clause);
  if (clause.kind !== 'cel') return written;
  const outer = outerOperators(written);
  return outer?.at.length === 0 ? written : inBrackets(written);
}

/** A comment at its end would take the bracket. */
export function inBrackets(condition: string): string {
  return `(${condition}${condition.includes('//') ? '\n' : ''})`;
}
