import { type JsonNode, McpError, parseJson } from '@holdpoint/mcp';
import type { Budget } from './budget.ts';
import { findIslands, type JsonIsland } from './json-islands.ts';
import { looksLikeJson } from './json-source.ts';
import type { Place } from './place.ts';

/** JSON inside a string inside JSON …: beyond this nobody writes it in good faith. */
const MAX_NESTING = 8;
const MAX_DEPTH = 1024;
/** What an attempt to parse costs besides its text, counted in characters: it may end in an error. */
const PARSE_COST = 500;

/**
 * Reads the JSON in texts, for both walks over a message: a string that stands in the message itself
 * (its `node` is given) is read once.
 */
export class TextReader {
  readonly #budget: Budget;
  readonly #nested = new Map<JsonNode, JsonNode | 'limit' | undefined>();
  readonly #islands = new Map<JsonNode, readonly JsonIsland[]>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The text as JSON; `undefined` where it is none, `limit` where it is too deep to be read. */
  nested(text: string, place: Place, node: JsonNode | undefined): JsonNode | 'limit' | undefined {
    if (!looksLikeJson(text)) return undefined;
    if (node !== undefined && this.#nested.has(node)) return this.#nested.get(node);
    const nested = this.#parse(text, place);
    if (node !== undefined) this.#nested.set(node, nested);
    return nested;
  }

  /** JSON in the middle of the text. */
  islands(text: string, place: Place, node: JsonNode | undefined): readonly JsonIsland[] {
    if (place.nesting >= MAX_NESTING || !text.includes('{')) return [];
    const known = node && this.#islands.get(node);
    if (known !== undefined) return known;
    this.#budget.spendWork(text.length);
    const islands = findIslands(text, (part) => this.#budget.spendWork(part.length + PARSE_COST));
    if (node !== undefined) this.#islands.set(node, islands);
    return islands;
  }

  #parse(text: string, place: Place): JsonNode | 'limit' | undefined {
    if (place.nesting >= MAX_NESTING || place.depth >= MAX_DEPTH - 1) return 'limit';
    this.#budget.spendWork(text.length + PARSE_COST);
    try {
      return parseJson(text, { mode: 'lenient', maxDepth: MAX_DEPTH - place.depth });
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      // Anything else only looked like JSON, and is searched as the text it is.
      return error.code === 'too_deep' ? 'limit' : undefined;
    }
  }
}
