import type { Budget } from './budget.ts';
import {
  type CompiledMasks,
  type DetectorRule,
  type MaskForm,
  strongest,
} from './compile-masks.ts';
import { DETECTORS, SIGNS_OF } from './detectors/detect.ts';
import type { FieldRule } from './field-pattern.ts';
import type { LiteralSearch } from './literal-search.ts';
import { normalise } from './normalise.ts';

/** The rule that masked something. */
export type Cause = DetectorRule | FieldRule;
/** Values that a field rule masked elsewhere in the same answer. */
export type Twins = LiteralSearch<FieldRule>;

interface Find {
  readonly start: number;
  readonly end: number;
  readonly causes: readonly Cause[];
}

/** Several patterns can find one value, so there may be more finds than hits. */
const MAX_FINDS_PER_HIT = 4;
const NOTHING: readonly never[] = [];

const PLACEHOLDER = /\[redacted:[a-z-]{1,20}\]/g;

/** What stands in place of a value: the same for the same rule, wherever the value stood. */
export function placeholder(cause: Cause): string {
  return 'detector' in cause ? `[redacted:${cause.detector}]` : '[redacted:field]';
}

/** The name of a rule in a hit. */
export function nameOf(cause: Cause): string {
  return 'detector' in cause ? cause.detector : cause.field;
}

/**
 * Masks what the detectors and the twins find in one text; a single pass. Each value is a hit.
 *
 * @throws {@link OverBudget} before it has found much more than it may mask
 */
export function maskPlainText(
  text: string,
  masks: CompiledMasks,
  budget: Budget,
  twins?: Twins,
): { readonly text: string; readonly causes: readonly Cause[] } {
  // Nothing that a detector looks for is shorter; a twin is at least four characters long.
  if (text.length < 6 && twins === undefined) return { text, causes: NOTHING };
  const found = [...detect(text, masks, budget), ...twinsIn(text, budget, twins)];
  if (found.length === 0) return { text, causes: NOTHING };
  const finds = merge(found);
  let masked = '';
  let at = 0;
  const causes = new Set<Cause>();
  for (const find of finds) {
    const original = text.slice(find.start, find.end);
    const replacement = replace(original, find.causes);
    masked += text.slice(at, find.start) + replacement;
    at = find.end;
    if (replacement === original) continue;
    for (const cause of find.causes) causes.add(cause);
    budget.spendHits(1);
    budget.checkLength(masked.length);
  }
  return { text: masked + text.slice(at), causes: [...causes] };
}

function detect(text: string, masks: CompiledMasks, budget: Budget): readonly Find[] {
  if (masks.detectors.length === 0) return NOTHING;
  budget.spendWork(text.length);
  const plain = normalise(text);
  const finds: Find[] = [];
  for (const rule of masks.detectors) {
    const signs = SIGNS_OF[rule.detector];
    if (signs !== 0 && (plain.signs & signs) === 0) continue;
    const causes = [rule];
    for (const span of DETECTORS[rule.detector](plain.text)) {
      const { start, end } = plain.sourceSpan(span.start, span.end);
      finds.push({ start, end, causes });
      if (finds.length > budget.left * MAX_FINDS_PER_HIT) budget.spendHits(finds.length);
    }
  }
  return finds;
}

function twinsIn(text: string, budget: Budget, twins: Twins | undefined): readonly Find[] {
  if (twins === undefined) return NOTHING;
  budget.spendWork(text.length);
  const most = budget.left * MAX_FINDS_PER_HIT + 1;
  const found = twins.find(text, most);
  if (found.length === 0) return NOTHING;
  if (found.length === most) budget.spendHits(found.length);
  // A value may read like a part of a placeholder; replacing inside one would never come to an end.
  const taken = [...text.matchAll(PLACEHOLDER)];
  let next = 0;
  return found
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      while (next < taken.length && endOf(taken[next]) <= start) next += 1;
      const candidate = taken[next];
      return candidate === undefined || candidate.index >= end;
    })
    .map(({ start, end, tag }) => ({ start, end, causes: [tag] }));
}

function endOf(match: RegExpExecArray | undefined): number {
  return match === undefined ? 0 : match.index + match[0].length;
}

/** Finds that overlap become one: what lies between two starts of values is a part of either. */
function merge(finds: readonly Find[]): Find[] {
  const merged: Find[] = [];
  for (const find of finds.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || find.start >= last.end) {
      merged.push(find);
      continue;
    }
    const causes =
      last.causes === find.causes ? last.causes : [...new Set([...last.causes, ...find.causes])];
    merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, find.end), causes };
  }
  return merged;
}

function replace(original: string, causes: readonly Cause[]): string {
  const cause =
    causes.length === 1 ? causes[0] : strongest(causes.toSorted((a, b) => rank(a) - rank(b)));
  if (cause === undefined) return original;
  // Half of each of two values can be all of a third.
  const form: MaskForm = causes.length > 1 && cause.as === 'partial' ? 'redact' : cause.as;
  switch (form) {
    case 'drop':
      return '';
    case 'redact':
      return placeholder(cause);
    case 'partial':
      return partial(original, cause);
    default:
      return form satisfies never;
  }
}

const RANKS = Object.keys(DETECTORS);
function rank(cause: Cause): number {
  return 'detector' in cause ? RANKS.indexOf(cause.detector) : RANKS.length;
}

/** Keeps the domain of an address, and the last four characters of what is long enough. */
export function partial(original: string, cause: Cause): string {
  if ('detector' in cause && cause.detector === 'email') {
    const at = original.lastIndexOf('@');
    return at > 0 ? `${[...original][0] ?? ''}***${original.slice(at)}` : placeholder(cause);
  }
  const kept = 'detector' in cause && cause.detector === 'secret' ? 20 : 8;
  const points = [...original];
  return points.length < kept ? '****' : `****${points.slice(-4).join('')}`;
}
