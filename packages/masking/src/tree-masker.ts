import {
  applyEdits,
  type JsonMember,
  type JsonNode,
  quoteJson,
  type TextEdit,
} from '@holdpoint/mcp';
import type { Budget } from './budget.ts';
import type { CompiledMasks, DetectorRule } from './compile-masks.ts';
import { isCardNumber } from './detectors/credit-card.ts';
import { MEMBER_DETECTORS } from './detectors/detect.ts';
import type { FieldMatcher, FieldState } from './field-matcher.ts';
import type { FieldRule } from './field-pattern.ts';
import { integerDigits, isEncodedBinary, keyEnd, removalEdits } from './json-source.ts';
import type { KeyReader } from './key-reader.ts';
import { HitLog, type MaskHit } from './mask-hit.ts';
import { MaskedValues } from './masked-values.ts';
import { type Cause, maskPlainText, partial, placeholder, type Twins } from './mask-plain-text.ts';
import {
  childView,
  isRequired,
  neutralJson,
  neutralString,
  type SchemaView,
} from './output-schema.ts';
import { type Place, pathOf, shownPath } from './place.ts';
import { enterZone, VALUE_ROOTS } from './protocol-fields.ts';
import type { TextReader } from './text-reader.ts';

export type ProtectedPaths = (path: readonly (string | number)[]) => boolean;

const MAX_ROUNDS = 4;
const TOO_DEEP = '[redacted:limit]';

/** A text and what is to change in it. */
interface Sheet {
  readonly text: string;
  readonly edits: TextEdit[];
}

const NONE: readonly never[] = [];

/** One walk over one JSON text. Every value in it may have been written by an attacker. */
export class TreeMasker {
  readonly #masks: CompiledMasks;
  readonly #protectedPaths: ProtectedPaths | undefined;
  readonly #twinSchema: SchemaView | undefined;
  readonly #twins: Twins | undefined;
  readonly #fields: FieldMatcher;
  readonly #budget: Budget;
  readonly #reader: TextReader;
  readonly #keys: KeyReader;
  readonly #hits: HitLog;
  readonly #cardRule: DetectorRule | undefined;
  readonly masked: MaskedValues;

  constructor(options: {
    readonly masks: CompiledMasks;
    readonly protectedPaths: ProtectedPaths | undefined;
    readonly twinSchema: SchemaView | undefined;
    readonly twins: Twins | undefined;
    readonly fields: FieldMatcher;
    readonly keys: KeyReader;
    readonly budget: Budget;
    readonly reader: TextReader;
  }) {
    this.#fields = options.fields;
    this.#budget = options.budget;
    this.#reader = options.reader;
    this.#keys = options.keys;
    this.#hits = new HitLog(options.budget, (place) => this.#show(place));
    this.#cardRule = options.masks.detectors.find(({ detector }) => detector === 'credit-card');
    this.masked = new MaskedValues(options.budget);
    this.#masks = options.masks;
    this.#protectedPaths = options.protectedPaths;
    this.#twinSchema = options.twinSchema;
    this.#twins = options.twins;
  }

  get hits(): readonly MaskHit[] {
    return this.#hits.listed;
  }

  mask(text: string, root: JsonNode, place: Place): string {
    const sheet: Sheet = { text, edits: [] };
    this.#visit(root, place, sheet);
    return applyEdits(text, sheet.edits);
  }

  /** Masks a string: as JSON where it is JSON, else as plain text, until nothing is found any more. */
  maskString(value: string, place: Place, node?: JsonNode): string {
    let current = value;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const nested = this.#reader.nested(current, place, round === 0 ? node : undefined);
      if (nested === 'limit') {
        this.#hits.addLimit(place);
        return TOO_DEEP;
      }
      if (nested !== undefined) return this.mask(current, nested, this.#nestedPlace(place));
      const reread = this.#maskIslands(current, place, round === 0 ? node : undefined);
      const next = this.#maskPlain(reread, place);
      if (next === current) return current;
      current = next;
    }
    // Each cut joined two halves of something new: somebody arranged that.
    this.#hits.addLimit(place);
    return TOO_DEEP;
  }

  #visit(node: JsonNode, place: Place, sheet: Sheet): void {
    if (this.#isProtected(place)) return;
    const { rule } = place.fields;
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
          this.#replace(node, node.value, this.maskString(node.value, place, node), sheet);
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
    const renames = this.#countRenames(members);
    let removed: Set<number> | undefined;
    let index = 0;
    for (const member of members) {
      const child = this.#enter(place, member.key);
      const rule = this.#removingRule(child, place, member.key);
      if (rule !== undefined) {
        this.masked.add(member.value, rule);
        (removed ??= new Set()).add(index);
      } else this.#visit(member.value, child, sheet);
      index += 1;
    }
    if (removed !== undefined) pushEdits(sheet, removalEdits(members, removed));
    if (renames === 0) return;
    const kept = members.filter((_, at) => removed?.has(at) !== true);
    this.#renameKeys(kept, place, sheet);
  }

  #visitItems(items: readonly JsonNode[], place: Place, sheet: Sheet): void {
    let removed: Set<number> | undefined;
    let index = 0;
    for (const item of items) {
      const child = this.#enter(place, index);
      const rule = this.#removingRule(child, place, index);
      if (rule !== undefined) {
        this.masked.add(item, rule);
        (removed ??= new Set()).add(index);
      } else this.#visit(item, child, sheet);
      index += 1;
    }
    if (removed !== undefined) pushEdits(sheet, removalEdits(items, removed));
  }

  /** The rule that takes this member or item out, and not only its value. */
  #removingRule(child: Place, parent: Place, key: string | number): FieldRule | undefined {
    const { rule } = child.fields;
    if (
      rule?.as !== 'drop' ||
      !child.isRemovable ||
      isRequired(parent.schema, key) ||
      this.#isProtected(child)
    ) {
      return undefined;
    }
    this.#hits.add(child, rule);
    return rule;
  }

  #maskField(node: JsonNode, rule: FieldRule, place: Place, sheet: Sheet): void {
    const before = sheet.edits.length;
    if (rule.as === 'drop') {
      if (this.#write(node, neutralJson(place.schema, node.kind), sheet)) this.#count(node, rule);
    } else this.#maskLeaves(node, rule, place, sheet);
    if (sheet.edits.length > before) this.#hits.list(place, rule);
  }

  /** Redacting keeps the shape, so that a schema that required it is still obeyed. */
  #maskLeaves(node: JsonNode, rule: FieldRule, place: Place, sheet: Sheet): void {
    switch (node.kind) {
      case 'object':
        if (this.#countRenames(node.members) > 0) this.#renameKeys(node.members, place, sheet);
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
        if (this.#replace(node, node.value, masked, sheet)) this.#count(node, rule);
        return;
      }
      case 'number':
        if (Number(node.raw) !== 0 && this.#write(node, '0', sheet)) this.#count(node, rule);
        return;
      case 'boolean':
        if (node.value && this.#write(node, 'false', sheet)) this.#count(node, rule);
        return;
      case 'null':
        return;
      default:
        node satisfies never;
    }
  }

  #visitNumber(node: JsonNode, raw: string, place: Place, sheet: Sheet): void {
    const cause = this.#detectNumber(raw, place) ?? this.#findTwin(raw, place);
    if (cause !== undefined && this.#write(node, '0', sheet)) this.#hits.add(place, cause);
  }

  #detectNumber(raw: string, place: Place): DetectorRule | undefined {
    const announcing = this.#announcing(place);
    // No card number is shorter, unless it is written with an exponent.
    const isCard = this.#cardRule !== undefined && (raw.length >= 13 || /e/i.test(raw));
    if (!isCard && announcing.length === 0) return undefined;
    const digits = integerDigits(raw);
    return this.#masks.detectors.find((rule) =>
      rule === this.#cardRule
        ? isCard && isCardNumber(digits)
        : announcing.includes(rule) && MEMBER_DETECTORS[rule.detector]?.isValue(digits),
    );
  }

  #findTwin(raw: string, place: Place): FieldRule | undefined {
    if (!place.isTwin || this.#twins === undefined) return undefined;
    const hits = this.#twins.find(raw, raw.length);
    return hits.find(({ start, end }) => start === 0 && end === raw.length)?.tag;
  }

  #announcing({ key }: Place): readonly DetectorRule[] {
    return key === undefined ? NONE : this.#keys.read(key).announces;
  }

  #maskPlain(text: string, place: Place): string {
    const announced = this.#announcing(place).find(({ detector }) =>
      MEMBER_DETECTORS[detector]?.isValue(text),
    );
    if (announced !== undefined) {
      const masked = wholeAs(text, announced);
      if (masked !== text) this.#hits.add(place, announced);
      return masked;
    }
    const twins = place.isTwin ? this.#twins : undefined;
    const masked = maskPlainText(text, this.#masks, this.#budget, twins);
    for (const cause of masked.causes) this.#hits.list(place, cause);
    return masked.text === text ? text : neutralString(place.schema, masked.text);
  }

  /** JSON in the middle of prose, in a code block, line by line: field rules reach it there too. */
  #maskIslands(text: string, place: Place, node: JsonNode | undefined): string {
    if (this.#masks.fields.length === 0) return text;
    const edits = this.#reader.islands(text, place, node).map(({ start, end, root }) => {
      const island = text.slice(start, end);
      return { start, end, text: this.mask(island, root, this.#nestedPlace(place)) };
    });
    return applyEdits(text, edits);
  }

  /** Before anything is renamed: more than the budget allows must not be computed first. */
  #countRenames(members: readonly JsonMember[]): number {
    let renames = 0;
    for (const { key } of members) {
      if (this.#keys.read(key).masked === key) continue;
      renames += 1;
      if (renames > this.#budget.left) this.#budget.spendHits(renames);
    }
    return renames;
  }

  /** Keys can be values too: `{"ada@example.com": …}`. Masked ones stay distinct. */
  #renameKeys(members: readonly JsonMember[], place: Place, sheet: Sheet): void {
    const renamed = members.filter(({ key }) => this.#keys.read(key).masked !== key);
    const taken = new Set(members.map(({ key }) => key));
    const copies = new Map<string, number>();
    for (const member of renamed) {
      const child = this.#enter(place, member.key);
      if (this.#isProtected(child)) continue;
      const { masked: base, causes } = this.#keys.read(member.key);
      this.#budget.spendHits(1);
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
      for (const cause of causes) this.#hits.list(child, cause);
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
    return {
      zone,
      parent: place,
      segment: key,
      key: typeof key === 'number' ? place.key : key,
      fields: this.#fieldsAt(place, key, zone === 'data', entersRoot),
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

  #fieldsAt(place: Place, key: string | number, isData: boolean, entersRoot: boolean): FieldState {
    if (!isData) return this.#fields.nowhere;
    if (entersRoot) return this.#fields.start;
    return this.#fields.step(place.zone === 'data' ? place.fields : this.#fields.start, key);
  }

  #show(place: Place): string {
    return shownPath(place, (key) => this.#keys.read(key).masked);
  }

  #nestedPlace(place: Place): Place {
    return {
      ...place,
      zone: 'data',
      key: undefined,
      fields: place.zone === 'data' ? this.#fields.restart(place.fields) : this.#fields.start,
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

  #count(node: JsonNode, rule: FieldRule): void {
    this.#budget.spendHits(1);
    this.masked.add(node, rule);
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

/** Without spreading: as many arguments as a hostile message has members overflow the stack. */
function pushEdits(sheet: Sheet, edits: readonly TextEdit[]): void {
  for (const edit of edits) sheet.edits.push(edit);
}

function wholeAs(text: string, cause: Cause): string {
  if (cause.as === 'drop') return '';
  return cause.as === 'partial' ? partial(text, cause) : placeholder(cause);
}
