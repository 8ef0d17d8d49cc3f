import { createHash } from 'node:crypto';
import type { CatalogueKind } from '@holdpoint/contracts';
import {
  canonicalJson,
  member,
  stringMember,
  toValue,
  type JsonNode,
  type JsonValue,
} from '@holdpoint/mcp';

/** What the database can index, and more than any name or address that means something. */
const MAX_NAME_BYTES = 2000;

/**
 * What trust in a definition rests on; a change of anything else doesn't void it. Of a resource not
 * its size or time of change, which move with its content.
 */
const PINNED: Readonly<Record<CatalogueKind, ReadonlySet<string>>> = {
  tool: new Set(['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations']),
  prompt: new Set(['name', 'title', 'description', 'arguments']),
  resource: new Set(['uri', 'name', 'title', 'description', 'mimeType']),
  template: new Set(['uriTemplate', 'name', 'title', 'description', 'mimeType']),
};

const NAMED_BY: Readonly<Record<CatalogueKind, string>> = {
  tool: 'name',
  prompt: 'name',
  resource: 'uri',
  template: 'uriTemplate',
};

/** The kinds, by the method that lists them. */
export const KIND_LISTED_BY: Readonly<Record<string, CatalogueKind | undefined>> = {
  'tools/list': 'tool',
  'prompts/list': 'prompt',
  'resources/list': 'resource',
  'resources/templates/list': 'template',
};

/** An item as its upstream defines it. All of it is the upstream's word: hostile until shown otherwise. */
export interface DefinitionRecord {
  readonly kind: CatalogueKind;
  /** What calls name it by: a name, an address, or the pattern of addresses. */
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** The exact JSON text of the definition. */
  readonly definitionText: string;
  /** SHA-256, hexadecimal, over the canonical form of the pinned members. */
  readonly digest: string;
}

/** A tool, with what calls of it are checked against. */
export interface ToolRecord extends DefinitionRecord {
  readonly inputSchema: JsonValue | undefined;
  readonly outputSchema: JsonValue | undefined;
  readonly annotations: JsonValue | undefined;
}

/** @param text the frame that `node` was parsed from; attacker-controlled */
export function readDefinition(
  kind: CatalogueKind,
  text: string,
  node: JsonNode,
): DefinitionRecord | undefined {
  const name = nameIn(kind, node);
  if (name === undefined) return undefined;
  return {
    kind,
    name,
    title: stringMember(node, 'title'),
    description: stringMember(node, 'description'),
    definitionText: text.slice(node.start, node.end),
    digest: digestOf(kind, node),
  };
}

/** @param text the frame that `node` was parsed from; attacker-controlled */
export function readTool(text: string, node: JsonNode): ToolRecord | undefined {
  const definition = readDefinition('tool', text, node);
  const value = (key: string) => {
    const found = member(node, key);
    return found && toValue(found);
  };
  return (
    definition && {
      ...definition,
      inputSchema: value('inputSchema'),
      outputSchema: value('outputSchema'),
      annotations: value('annotations'),
    }
  );
}

/** What calls name the item by; none where it can't be kept, so that it is never an accepted one. */
export function nameIn(kind: CatalogueKind, node: JsonNode): string | undefined {
  const name = stringMember(node, NAMED_BY[kind]);
  if (!name?.isWellFormed() || name === '' || name.includes('\0')) return undefined;
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? undefined : name;
}

/** What pins a definition. */
export function digestOf(kind: CatalogueKind, node: JsonNode): string {
  const pinned = PINNED[kind];
  const canonical = canonicalJson(node, {
    omit: (path) => path.length === 1 && !pinned.has(String(path[0])),
  });
  return createHash('sha256').update(canonical).digest('hex');
}
