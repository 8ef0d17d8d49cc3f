import type { MaskForm } from './compile-masks.ts';
import { MaskingError } from './masking.error.ts';
import { normalise } from './normalise.ts';

const ONE = Symbol('*');
const ANY = Symbol('**');
type Segment = string | typeof ONE | typeof ANY;

export interface FieldRule {
  /** The pattern as the admin wrote it. */
  readonly field: string;
  readonly segments: readonly Segment[];
  readonly as: MaskForm;
  readonly ruleIndex: number;
}

/** How far each rule has matched on the way to a value. */
export type FieldStates = readonly { readonly rule: FieldRule; readonly at: number }[];

/**
 * Reads `customers.*.salary`: names separated by dots, `*` for one name or index, `**` for any
 * number of them, `\.` for a dot inside a name, `[0]` and `[*]` as other spellings of `.0` and `.*`.
 *
 * @throws {@link MaskingError} `bad_field_pattern`
 */
export function parseFieldPattern(
  field: string,
  ruleIndex: number,
): Pick<FieldRule, 'field' | 'segments'> {
  const dotted = field
    .replace(/^\$\.?/, '')
    .replace(/\[(\d{1,9}|\*)\]/g, '.$1')
    .replace(/^\./, '');
  const names = dotted.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
  if (names.some((name) => name === '') || names.length > 64) {
    throw new MaskingError(
      'bad_field_pattern',
      ruleIndex,
      'A field pattern is 1 to 64 names separated by single dots.',
    );
  }
  const segments = names.map((name) => (name === '*' ? ONE : name === '**' ? ANY : fold(name)));
  return { field, segments };
}

/** The state before the first name. */
export function startFields(rules: readonly FieldRule[]): FieldStates {
  return closure(rules.map((rule) => ({ rule, at: 0 })));
}

/**
 * The state one key or index further.
 *
 * Names are compared without regard to case and invisible characters, and an index may be left out
 * of a pattern (`rows.salary` is `rows[*].salary`): a mask that is too wide is the lesser harm.
 */
export function stepFields(states: FieldStates, key: string | number): FieldStates {
  if (states.length === 0) return states;
  const name = fold(String(key));
  const next = states.flatMap((state) => {
    const segment = state.rule.segments[state.at];
    if (segment === undefined) return [];
    if (segment === ANY) return [state];
    const taken =
      segment === ONE || segment === name ? [{ rule: state.rule, at: state.at + 1 }] : [];
    return typeof key === 'number' ? [...taken, state] : taken;
  });
  return closure(next);
}

/** The rules whose whole pattern has matched. */
export function matchedFields(states: FieldStates): readonly FieldRule[] {
  return states.filter(({ rule, at }) => at === rule.segments.length).map(({ rule }) => rule);
}

/** Both, without the doubles. */
export function joinFields(some: FieldStates, others: FieldStates): FieldStates {
  return closure([...some, ...others]);
}

/** Adds what `**` reaches by standing for nothing, and leaves doubles out. */
function closure(states: FieldStates): FieldStates {
  const seen = new Map<FieldRule, Set<number>>();
  const all: { rule: FieldRule; at: number }[] = [];
  for (const { rule, at } of states) {
    const done = seen.get(rule) ?? new Set<number>();
    seen.set(rule, done);
    for (let next = at; !done.has(next); next += 1) {
      done.add(next);
      all.push({ rule, at: next });
      if (rule.segments[next] !== ANY) break;
    }
  }
  return all;
}

function fold(name: string): string {
  return normalise(name).text.toLowerCase();
}
