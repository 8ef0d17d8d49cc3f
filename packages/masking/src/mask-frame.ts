import { type JsonNode, parseJson } from '@holdpoint/mcp';
import { type CompiledMasks, compileMasks, type MaskRule } from './compile-masks.ts';
import { startFields } from './field-pattern.ts';
import type { Twins } from './mask-plain-text.ts';
import { viewOf } from './output-schema.ts';
import { type Place, rootPlace } from './place.ts';
import type { MaskHit } from './mask-hit.ts';
import { type ProtectedPaths, TreeMasker } from './tree-masker.ts';

export interface MaskOptions {
  /** Places that are never touched; by default {@link isProtocolField}. */
  readonly protectedPaths?: ProtectedPaths;
  /** The called tool's `outputSchema`: what is required in it is emptied, not removed. */
  readonly outputSchema?: unknown;
}

export interface Masked<T> {
  readonly hits: readonly MaskHit[];
  readonly changed: boolean;
  readonly text: T;
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
 * The result may break `outputSchema` where no neutral value fits (`enum`, `pattern`, lengths):
 * validate it afterwards and withhold what doesn't fit.
 */
export function maskFrame(
  frame: { readonly text: string; readonly root: JsonNode },
  rules: readonly MaskRule[] | CompiledMasks,
  options: MaskOptions = {},
): Masked<string> {
  const masks = compiled(rules);
  return run(masks, options, frame.text, (masker) =>
    masker.mask(frame.text, frame.root, rootPlace('frame', [])),
  );
}

/** Masks one text, or the JSON that it holds. */
export function maskText(text: string, rules: readonly MaskRule[] | CompiledMasks): Masked<string> {
  const masks = compiled(rules);
  return run(masks, {}, text, (masker) => masker.maskString(text, rootPlace('envelope', [])));
}

/**
 * Masks a plain JSON value, as for a webhook. Field paths start at the value.
 *
 * @returns a new value; `undefined` and functions are lost as in `JSON.stringify`, a `bigint` becomes a string
 */
export function maskValue(
  value: unknown,
  rules: readonly MaskRule[] | CompiledMasks,
): { readonly value: unknown; readonly hits: readonly MaskHit[]; readonly changed: boolean } {
  const masks = compiled(rules);
  const text: string | undefined = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? String(item) : item,
  );
  if (text === undefined) return { value: null, hits: [], changed: value !== undefined };
  const root = parseJson(text, { mode: 'lenient' });
  const place: Place = rootPlace('data', startFields(masks.fields));
  const masked = run(masks, {}, text, (masker) => masker.mask(text, root, place));
  const parsed: unknown = JSON.parse(masked.text);
  return { value: parsed, hits: masked.hits, changed: masked.changed };
}

function run(
  masks: CompiledMasks,
  options: MaskOptions,
  text: string,
  walk: (masker: TreeMasker) => string,
): Masked<string> {
  if (masks.detectors.length === 0 && masks.fields.length === 0)
    return { text, hits: [], changed: false };
  const twins = masks.fields.length === 0 ? undefined : fieldValues(masks, options, walk);
  const masker = maskerOf(masks, options, twins);
  const masked = walk(masker);
  return { text: masked, hits: masker.hits, changed: masked !== text };
}

/** A walk of its own, by field rules alone: what they mask can stand in a text in front of it. */
function fieldValues(
  masks: CompiledMasks,
  options: MaskOptions,
  walk: (masker: TreeMasker) => string,
): Twins | undefined {
  const masker = maskerOf({ ...masks, detectors: [] }, options, undefined);
  walk(masker);
  return masker.maskedValues();
}

function maskerOf(
  masks: CompiledMasks,
  options: MaskOptions,
  twins: Twins | undefined,
): TreeMasker {
  const { protectedPaths, outputSchema } = options;
  return new TreeMasker({ masks, protectedPaths, twinSchema: viewOf(outputSchema), twins });
}

function compiled(rules: readonly MaskRule[] | CompiledMasks): CompiledMasks {
  return 'fields' in rules ? rules : compileMasks(rules);
}
