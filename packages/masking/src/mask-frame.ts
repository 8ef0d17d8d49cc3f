import { type JsonNode, parseJson } from '@holdpoint/mcp';
import { Budget, type BudgetKind, type BudgetLimits, OverBudget } from './budget.ts';
import { type CompiledMasks, compileMasks, type MaskRule } from './compile-masks.ts';
import { FieldMatcher } from './field-matcher.ts';
import { KeyReader } from './key-reader.ts';
import type { Twins } from './mask-plain-text.ts';
import { viewOf } from './output-schema.ts';
import { rootPlace } from './place.ts';
import type { MaskHit } from './mask-hit.ts';
import { TextReader } from './text-reader.ts';
import { type ProtectedPaths, TreeMasker } from './tree-masker.ts';

export interface MaskOptions extends BudgetLimits {
  /** Places that are never touched; by default {@link isProtocolField}. */
  readonly protectedPaths?: ProtectedPaths;
  /** The called tool's `outputSchema`: what is required in it is emptied, not removed. */
  readonly outputSchema?: unknown;
}

export interface MaskOutcome {
  /** The first hundred masked places, each with each of its rules once. */
  readonly hits: readonly MaskHit[];
  /** How many values were masked; a text at one place can hold many. */
  readonly hitCount: number;
  readonly changed: boolean;
  /**
   * Why masking gave up, else `null`. INVARIANT: then nothing of the message is in the outcome, as
   * what was found until then is not all there is.
   */
  readonly overBudget: BudgetKind | null;
}

export interface Masked extends MaskOutcome {
  readonly text: string;
}

/**
 * Masks one JSON-RPC message from an upstream: result, error or params, whatever is in them.
 *
 * Every byte that no rule touches stays as it came. JSON inside strings is masked like the value it
 * is, so both twins of a result read the same; what a *field* rule masks (strings and numbers of
 * four characters and more) is also replaced where it stands literally in the texts of the message.
 * Masking twice changes nothing more. A card number written as a JSON number becomes `0`. Base64 in
 * `blob` and `data` is not decoded.
 *
 * Over its budget (`maxHits`, `maxOutputLength`, and a bound on rereading texts) it stops early, with
 * an empty text and `overBudget`: withhold the message.
 *
 * The result may break `outputSchema` where no neutral value fits (`enum`, `pattern`, lengths):
 * validate it afterwards and withhold what doesn't fit.
 */
export function maskFrame(
  frame: { readonly text: string; readonly root: JsonNode },
  rules: readonly MaskRule[] | CompiledMasks,
  options: MaskOptions = {},
): Masked {
  const masks = compiled(rules);
  return run(masks, options, frame.text, (masker, fields) =>
    masker.mask(frame.text, frame.root, rootPlace('frame', fields.nowhere)),
  );
}

/** Masks one text, or the JSON that it holds. */
export function maskText(text: string, rules: readonly MaskRule[] | CompiledMasks): Masked {
  const masks = compiled(rules);
  return run(masks, {}, text, (masker, fields) =>
    masker.maskString(text, rootPlace('envelope', fields.nowhere)),
  );
}

/**
 * Masks a plain JSON value, as for a webhook. Field paths start at the value.
 *
 * @returns a new value, `null` over budget; `undefined` and functions are lost as in `JSON.stringify`, a `bigint` becomes a string
 */
export function maskValue(
  value: unknown,
  rules: readonly MaskRule[] | CompiledMasks,
): MaskOutcome & { readonly value: unknown } {
  const masks = compiled(rules);
  const text: string | undefined = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? String(item) : item,
  );
  if (text === undefined) return { value: null, ...UNTOUCHED, changed: value !== undefined };
  const root = parseJson(text, { mode: 'lenient' });
  const { text: masked, ...outcome } = run(masks, {}, text, (masker, fields) =>
    masker.mask(text, root, rootPlace('data', fields.start)),
  );
  const parsed: unknown = outcome.overBudget === null ? JSON.parse(masked) : null;
  return { value: parsed, ...outcome };
}

const UNTOUCHED = { hits: [], hitCount: 0, changed: false, overBudget: null } as const;

type Walk = (masker: TreeMasker, fields: FieldMatcher) => string;

function run(masks: CompiledMasks, options: MaskOptions, text: string, walk: Walk): Masked {
  if (masks.detectors.length === 0 && masks.fields.length === 0) return { text, ...UNTOUCHED };
  const budget = new Budget(options);
  try {
    const memory = memoryOf(masks);
    const { fields, keys } = memory;
    const common = {
      protectedPaths: options.protectedPaths,
      twinSchema: viewOf(options.outputSchema),
      reader: new TextReader(new Budget(options)),
    };
    const twins = mayHoldField(masks, memory, text)
      ? fieldValues(memory, options, common, walk)
      : undefined;
    const masker = new TreeMasker({ ...common, fields, keys, masks, twins, budget });
    const masked = walk(masker, fields);
    budget.checkLength(masked.length);
    const { hits } = masker;
    return {
      text: masked,
      hits,
      hitCount: budget.hits,
      changed: masked !== text,
      overBudget: null,
    };
  } catch (error) {
    if (!(error instanceof OverBudget)) throw error;
    return { text: '', ...UNTOUCHED, changed: true, overBudget: error.kind };
  }
}

/** What is learnt of keys holds for every message that the same rules mask. */
interface Memory {
  readonly fields: FieldMatcher;
  readonly keys: KeyReader;
  /** The same rules without their detectors, for {@link fieldValues}. */
  readonly byField: CompiledMasks;
  readonly keysByField: KeyReader;
  readonly names: RegExp | undefined;
}

const MEMORIES = new WeakMap<CompiledMasks, Memory>();

function memoryOf(masks: CompiledMasks): Memory {
  const known = MEMORIES.get(masks);
  if (known !== undefined && !known.fields.isFull && !known.keys.isFull) return known;
  const byField = { ...masks, detectors: [] };
  const memory = {
    fields: new FieldMatcher(masks.fields),
    keys: new KeyReader(masks),
    byField,
    keysByField: new KeyReader(byField),
    names: nameSearch(masks),
  };
  MEMORIES.set(masks, memory);
  return memory;
}

/** Beyond ASCII, or an escape that can spell a letter (`\u`) or stand unseen between two (`\b`). */
const UNUSUAL = /[^\t\n\r -~]|\\[ub]/;
/** Names that are written in one way only; an index isn't written at all. */
const WRITTEN_OUT = /^(?=.*[a-z_])[a-z0-9_ -]+$/;

/** Finds any of the names that field rules end in; `undefined` where one of them can't be searched for. */
function nameSearch({ fields }: CompiledMasks): RegExp | undefined {
  const names = fields.map(({ segments }) => segments.at(-1));
  const isSearchable = names.every((name) => typeof name === 'string' && WRITTEN_OUT.test(name));
  return isSearchable ? new RegExp(names.map(String).join('|'), 'i') : undefined;
}

/**
 * Most messages have no member that a field rule names: one search through the text instead of a
 * walk. Where a name could be there unseen, the walk looks.
 */
function mayHoldField(masks: CompiledMasks, { names }: Memory, text: string): boolean {
  if (masks.fields.length === 0) return false;
  return names === undefined || UNUSUAL.test(text) || names.test(text);
}

/** A walk of its own, by field rules alone: what they mask can stand in a text in front of it. */
function fieldValues(
  { byField, keysByField, fields }: Memory,
  options: MaskOptions,
  common: Pick<
    ConstructorParameters<typeof TreeMasker>[0],
    'protectedPaths' | 'twinSchema' | 'reader'
  >,
  walk: Walk,
): Twins | undefined {
  const masker = new TreeMasker({
    ...common,
    fields,
    masks: byField,
    keys: keysByField,
    twins: undefined,
    budget: new Budget(options),
  });
  walk(masker, fields);
  return masker.masked.search();
}

function compiled(rules: readonly MaskRule[] | CompiledMasks): CompiledMasks {
  return 'fields' in rules ? rules : compileMasks(rules);
}
