import type { JsonNode } from '@holdpoint/mcp';
import type { Budget } from './budget.ts';
import type { FieldRule } from './field-pattern.ts';
import { LiteralSearch } from './literal-search.ts';
import type { Twins } from './mask-plain-text.ts';

const MIN_TWIN_LENGTH = 4;

/** What field rules masked, as it stood: searched for in the texts of the same answer. */
export class MaskedValues {
  readonly #values = new Map<string, { readonly isNumber: boolean; readonly tag: FieldRule }>();
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /**
   * Takes in a value and all that is in it.
   *
   * @throws {@link OverBudget} for more than may be searched for
   */
  add(node: JsonNode, rule: FieldRule): void {
    switch (node.kind) {
      case 'object':
        for (const { value } of node.members) this.add(value, rule);
        return;
      case 'array':
        for (const item of node.items) this.add(item, rule);
        return;
      case 'string':
        this.#put(node.value, false, rule);
        return;
      case 'number':
        this.#put(node.raw, true, rule);
        if (/^-?\d{4,21}$/.test(node.raw))
          this.#put(node.raw.replace(/\B(?=(?:\d{3})+$)/g, ','), true, rule);
        return;
      case 'boolean':
      case 'null':
        return;
      default:
        node satisfies never;
    }
  }

  /** A search for them; `undefined` where there are none. */
  search(): Twins | undefined {
    if (this.#values.size === 0) return undefined;
    return new LiteralSearch(
      [...this.#values].map(([text, { isNumber, tag }]) => ({ text, isNumber, tag })),
    );
  }

  #put(text: string, isNumber: boolean, tag: FieldRule): void {
    if (text.length < MIN_TWIN_LENGTH) return;
    this.#values.set(text, { isNumber, tag });
    // A number is looked for in two spellings.
    this.#budget.checkValues(this.#values.size / 2);
  }
}
