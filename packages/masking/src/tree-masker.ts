import {
  applyEdits,
  type JsonMember,
  type JsonNode,
  McpError,
  parseJson,
  quoteJson,
  type TextEdit,
} from '@holdpoint/mcp';
import { type CompiledMasks, strongest } from './compile-masks.ts';
import { isCardNumber } from './detectors/credit-card.ts';
import { isDetectedMember } from './detectors/detect.ts';
import {
  type FieldRule,
  joinFields,
  matchedFields,
  startFields,
  stepFields,
} from './field-pattern.ts';
import { findIslands } from './json-islands.ts';
import {
  integerDigits,
  isEncodedBinary,
  keyEnd,
  looksLikeJson,
  removalEdits,
} from './json-source.ts';
import { LiteralSearch } from './literal-search.ts';
import { HitLog, type MaskHit } from './mask-hit.ts';
import { type Cause, maskPlainText, partial, placeholder, type Twins } from './mask-plain-text.ts';
import {
  childView,
  isRequired,
  neutralJson,
  neutralString,
  type SchemaView,
} from './output-schema.ts';
import { type Place, pathOf, showKey } from './place.ts';
import { enterZone, VALUE_ROOTS } from './protocol-fields.ts';

export type ProtectedPaths = (path: readonly (string | number)[]) => boolean;

/** JSON inside a string inside JSON …: beyond this nobody writes it in good faith. */
const MAX_NESTING = 8;
const MAX_DEPTH = 1024;
const MAX_ROUNDS = 4;
const MIN_TWIN_LENGTH = 4;
const TOO_DEEP = '[redacted:limit]';

/** A text and what is to change in it. */
interface Sheet {
  readonly text: string;
  readonly edits: TextEdit[];
}

/** One walk over one JSON text. Every value in it may have been written by an attacker. */
export class TreeMasker {
  readonly #masks: CompiledMasks;
  readonly #protectedPaths: ProtectedPaths | undefined;
  readonly #twinSchema: SchemaView | undefined;
  readonly #twins: Twins | undefined;
  readonly #hits = new HitLog();
  readonly #keys = new Map<string, string>();
  /** What field rules masked, as it stood: searched for in the texts of the same answer. */
  readonly #masked = new Map<string, { isNumber: boolean; tag: FieldRule }>();

  constructor(options: {
    readonly masks: CompiledMasks;
    readonly protectedPaths: ProtectedPaths | undefined;
    readonly twinSchema: SchemaView | undefined;
    readonly twins: Twins | undefined;
  }) {
    this.#masks = options.masks;
    this.#protectedPaths = options.protectedPaths;
    this.#twinSchema = options.twinSchema;
    this.#twins = options.twins;
  }

  get hits(): readonly MaskHit[] {
    return this.#hits.all;
  }

  /** A search for what field rules masked in this walk; `undefined` where they masked nothing. */
  maskedValues(): Twins | undefined {
    if (this.#masked.size === 0) return undefined;
    return new LiteralSearch(
      [...this.#masked].map(([text, { isNumber, tag }]) => ({ text, isNumber, tag })),
    );
  }

  mask(text: string, root: JsonNode, place: Place): string {
    const sheet: Sheet = { text, edits: [] };
    this.#visit(root, place, sheet);
    return applyEdits(text, sheet.edits);
  }

  /** Masks a string: as JSON where it is JSON, else as plain text, until nothing is found any more. */
  maskString(value: string, place: Place): string {
    let current = value;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const nested = this.#parseNested(current, place);
      if (nested === 'limit') {
        this.#hits.addLimit(place);
        return TOO_DEEP;
      }
      if (nested !== undefined) return this.mask(current, nested, this.#nestedPlace(place));
      const next = this.#maskPlain(this.#maskIslands(current, place), place);
      if (next === current) return current;
      current = next;
    }
    // Each cut joined two halves of something new: somebody arranged that.
    this.#hits.addLimit(place);
    return TOO_DEEP;
  }

  #visit(node: JsonNode, place: Place, sheet: Sheet): void {
    if (this.#isProtected(place)) return;
    const rule = strongest(matchedFields(place.states));
    if (rule !== undefined) {
      this.#maskField(node, rule, place, sheet);
      return;
    }
    switch (node.kind) {
      case 'object':
        this.#visitMembers(node.members, place, sheet);
        return;
      case 'array':
        this.#visitItems(node.items, place, sheet);
        return;
      case 'string':
        if (!isEncodedBinary(place.key, node.value)) {
          this.#replace(node, node.value, this.maskString(node.value, place), sheet);
        }
        return;
      case 'number':
        this.#visitNumber(node, node.raw, place, sheet);
        return;
      case 'boolean':
      case 'null':
        return;
      default:
        node satisfies never;
    }
  }

  #visitMembers(members: readonly JsonMember[], place: Place, sheet: Sheet): void {
    const removed = new Set<number>();
    for (const [index, member] of members.entries()) {
      const child = this.#enter(place, member.key);
      if (this.#isRemoved(child, place, member.key)) {
        this.#collect(member.value, strongest(matchedFields(child.states)));
        removed.add(index);
      } else this.#visit(member.value, child, sheet);
    }
    sheet.edits.push(...removalEdits(members, removed));
    const kept = members.filter((_, index) => !removed.has(index));
    this.#renameKeys(kept, place, sheet);
  }

  #visitItems(items: readonly JsonNode[], place: Place, sheet: Sheet): void {
    const removed = new Set<number>();
    for (const [index, item] of items.entries()) {
      const child = this.#enter(place, index);
      if (this.#isRemoved(child, place, index)) {
        this.#collect(item, strongest(matchedFields(child.states)));
        removed.add(index);
      } else this.#visit(item, child, sheet);
    }
    sheet.edits.push(...removalEdits(items, removed));
  }

  #isRemoved(child: Place, parent: Place, key: string | number): boolean {
    const rule = strongest(matchedFields(child.states));
    if (
      rule?.as !== 'drop' ||
      !child.isRemovable ||
      isRequired(parent.schema, key) ||
      this.#isProtected(child)
    ) {
      return false;
    }
    this.#hits.add(child, rule);
    return true;
  }

  #maskField(node: JsonNode, rule: FieldRule, place: Place, sheet: Sheet): void {
    const before = sheet.edits.length;
    if (rule.as === 'drop') {
      if (this.#write(node, neutralJson(place.schema, node.kind), sheet)) this.#collect(node, rule);
    } else this.#maskLeaves(node, rule, place, sheet);
    if (sheet.edits.length > before) this.#hits.add(place, rule);
  }

  /** Redacting keeps the shape, so that a schema that required it is still obeyed. */
  #maskLeaves(node: JsonNode, rule: FieldRule, place: Place, sheet: Sheet): void {
    switch (node.kind) {
      case 'object':
        this.#renameKeys(node.members, place, sheet);
        for (const { key, value } of node.members)
          this.#maskLeaves(value, rule, this.#enter(place, key), sheet);
        return;
      case 'array':
        for (const [index, item] of node.items.entries())
          this.#maskLeaves(item, rule, this.#enter(place, index), sheet);
        return;
      case 'string': {
        const masked =
          rule.as === 'partial'
            ? partial(node.value, rule)
            : neutralString(place.schema, placeholder(rule));
        if (this.#replace(node, node.value, masked, sheet)) this.#collect(node, rule);
        return;
      }
      case 'number':
        if (Number(node.raw) !== 0 && this.#write(node, '0', sheet)) this.#collect(node, rule);
        return;
      case 'boolean':
        if (node.value) this.#write(node, 'false', sheet);
        return;
      case 'null':
        return;
      default:
        node satisfies never;
    }
  }

  #visitNumber(node: JsonNode, raw: string, place: Place, sheet: Sheet): void {
    const digits = integerDigits(raw);
    const detector = this.#masks.detectors.find(
      (rule) =>
        (rule.detector === 'credit-card' && isCardNumber(digits)) ||
        isDetectedMember(rule.detector, place.key ?? '', digits),
    );
    const isWhole = (hit: { start: number; end: number }): boolean =>
      hit.start === 0 && hit.end === raw.length;
    const twin = place.isTwin ? this.#twins?.find(raw).find(isWhole)?.tag : undefined;
    const cause = detector ?? twin;
    if (cause !== undefined && this.#write(node, '0', sheet)) this.#hits.add(place, cause);
  }

  #maskPlain(text: string, place: Place): string {
    const { key } = place;
    const announced =
      key === undefined
        ? undefined
        : this.#masks.detectors.find(({ detector }) => isDetectedMember(detector, key, text));
    if (announced !== undefined) {
      const masked = wholeAs(text, announced);
      if (masked !== text) this.#hits.add(place, announced);
      return masked;
    }
    const masked = maskPlainText(text, this.#masks, place.isTwin ? this.#twins : undefined);
    for (const cause of masked.causes) this.#hits.add(place, cause);
    return masked.text === text ? text : neutralString(place.schema, masked.text);
  }

  /** JSON in the middle of prose, in a code block, line by line: field rules reach it there too. */
  #maskIslands(text: string, place: Place): string {
    if (this.#masks.fields.length === 0 || place.nesting >= MAX_NESTING) return text;
    const edits = findIslands(text).map(({ start, end, root }) => {
      const island = text.slice(start, end);
      return { start, end, text: this.mask(island, root, this.#nestedPlace(place)) };
    });
    return applyEdits(text, edits);
  }

  /** Keys can be values too: `{"ada@example.com": …}`. Masked ones stay distinct. */
  #renameKeys(members: readonly JsonMember[], place: Place, sheet: Sheet): void {
    const renamed = members.filter(({ key }) => this.#maskKey(key) !== key);
    if (renamed.length === 0) return;
    const taken = new Set(members.map(({ key }) => key));
    const copies = new Map<string, number>();
    for (const member of renamed) {
      const child = this.#enter(place, member.key);
      if (this.#isProtected(child)) continue;
      const base = this.#maskKey(member.key);
      let copy = copies.get(base) ?? 1;
      let name = base;
      while (taken.has(name)) name = `${base}#${(copy += 1)}`;
      copies.set(base, copy);
      taken.add(name);
      sheet.edits.push({
        start: member.start,
        end: keyEnd(sheet.text, member.start),
        text: quoteJson(name),
      });
      for (const cause of maskPlainText(member.key, this.#masks).causes)
        this.#hits.add(child, cause);
    }
  }

  #maskKey(key: string): string {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    let masked = key;
    for (let round = 0; round < MAX_ROUNDS; round += 1)
      masked = maskPlainText(masked, this.#masks).text;
    // Keys repeat from row to row; a map of distinct keys must not grow without end.
    if (this.#keys.size < 4096) this.#keys.set(key, masked);
    return masked;
  }

  #parseNested(text: string, place: Place): JsonNode | 'limit' | undefined {
    if (!looksLikeJson(text)) return undefined;
    if (place.nesting >= MAX_NESTING || place.depth >= MAX_DEPTH - 1) return 'limit';
    try {
      return parseJson(text, { mode: 'lenient', maxDepth: MAX_DEPTH - place.depth });
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      // Anything else only looked like JSON, and is searched as the text it is.
      return error.code === 'too_deep' ? 'limit' : undefined;
    }
  }

  #enter(place: Place, key: string | number): Place {
    const zone = enterZone(place.zone, key);
    const entersRoot =
      place.zone === 'envelope' &&
      zone === 'data' &&
      typeof key === 'string' &&
      VALUE_ROOTS.has(key);
    const isStructured = entersRoot && key === 'structuredContent';
    const from = place.zone === 'data' ? place.states : startFields(this.#masks.fields);
    const states =
      zone !== 'data' ? [] : entersRoot ? startFields(this.#masks.fields) : stepFields(from, key);
    return {
      zone,
      parent: place,
      segment: key,
      shown: typeof key === 'number' ? String(key) : showKey(this.#maskKey(key)),
      key: typeof key === 'number' ? place.key : key,
      states,
      schema: isStructured
        ? this.#twinSchema
        : place.zone === 'data'
          ? childView(place.schema, key)
          : undefined,
      isRemovable: !entersRoot,
      isTwin: place.isTwin && !isStructured,
      isNested: place.isNested,
      nesting: place.nesting,
      depth: place.depth + 1,
    };
  }

  #nestedPlace(place: Place): Place {
    const start = startFields(this.#masks.fields);
    return {
      ...place,
      zone: 'data',
      key: undefined,
      states: place.zone === 'data' ? joinFields(start, place.states) : start,
      // The text twin of a structured value obeys the same schema, or the two would read differently.
      schema: place.zone === 'envelope' && !place.isNested ? this.#twinSchema : undefined,
      isRemovable: false,
      isNested: true,
      nesting: place.nesting + 1,
      depth: place.depth + 1,
    };
  }

  #isProtected(place: Place): boolean {
    if (place.isNested) return false;
    return this.#protectedPaths === undefined
      ? place.zone === 'reserved'
      : this.#protectedPaths(pathOf(place));
  }

  #collect(node: JsonNode, rule: FieldRule | undefined): void {
    if (rule === undefined) return;
    if (node.kind === 'object') for (const { value } of node.members) this.#collect(value, rule);
    if (node.kind === 'array') for (const item of node.items) this.#collect(item, rule);
    if (node.kind === 'string' && node.value.length >= MIN_TWIN_LENGTH) {
      this.#masked.set(node.value, { isNumber: false, tag: rule });
    }
    if (node.kind === 'number' && node.raw.length >= MIN_TWIN_LENGTH) {
      this.#masked.set(node.raw, { isNumber: true, tag: rule });
      const grouped = node.raw.replace(/\B(?=(?:\d{3})+$)/g, ',');
      if (/^-?\d{4,21}$/.test(node.raw)) this.#masked.set(grouped, { isNumber: true, tag: rule });
    }
  }

  #replace(node: JsonNode, original: string, masked: string, sheet: Sheet): boolean {
    return masked !== original && this.#write(node, quoteJson(masked), sheet);
  }

  #write(node: JsonNode, text: string, sheet: Sheet): boolean {
    if (sheet.text.slice(node.start, node.end) === text) return false;
    sheet.edits.push({ start: node.start, end: node.end, text });
    return true;
  }
}

function wholeAs(text: string, cause: Cause): string {
  if (cause.as === 'drop') return '';
  return cause.as === 'partial' ? partial(text, cause) : placeholder(cause);
}
