import type { CatalogueKind } from '@holdpoint/contracts';
import { member, stringMember, type Frame, type JsonNode } from '@holdpoint/mcp';
import { readDefinition, readTool, type DefinitionRecord, type ToolRecord } from './definition.ts';
import { failure, type Exchange, type ExchangeFailure } from './upstream-exchange.ts';

const MAX_PAGES = 50;
const MAX_TOOLS = 5000;
/** Of prompts, resources and templates; what is beyond is left out, and said to be. */
const MAX_OTHERS = 2000;
const MAX_LIST_BYTES = 16 * 1024 * 1024;

export type OtherKind = Exclude<CatalogueKind, 'tool'>;

/** A list of one kind, as far as it is kept. */
export interface Listed {
  readonly items: readonly DefinitionRecord[];
  /** Whether the upstream lists more. */
  readonly isCut: boolean;
}

export type Ask = (method: string, params: Readonly<Record<string, unknown>>) => Promise<Exchange>;

const LIST: Readonly<
  Record<CatalogueKind, { readonly method: string; readonly key: string; readonly what: string }>
> = {
  tool: { method: 'tools/list', key: 'tools', what: 'tools' },
  prompt: { method: 'prompts/list', key: 'prompts', what: 'prompts' },
  resource: { method: 'resources/list', key: 'resources', what: 'resources' },
  template: {
    method: 'resources/templates/list',
    key: 'resourceTemplates',
    what: 'resource templates',
  },
};

/** Every tool, or none: calls are judged by them, so a part of the list is no list. */
export async function listTools(
  ask: Ask,
): Promise<{ readonly ok: true; readonly tools: readonly ToolRecord[] } | ExchangeFailure> {
  const tools = new Map<string, ToolRecord>();
  const read = await readPages(ask, 'tool', (text, item) => {
    const tool = readTool(text, item);
    // The first of two tools with one name wins, here as on the data path.
    if (tool !== undefined && !tools.has(tool.name)) tools.set(tool.name, tool);
    return tools.size <= MAX_TOOLS;
  });
  if (!read.ok) return read;
  return read.isCut
    ? failure('not_mcp', 'The upstream lists more tools than can be kept.')
    : { ok: true, tools: [...tools.values()] };
}

/** As much of a list as is kept; `undefined` where the upstream doesn't give it. */
export async function listOthers(ask: Ask, kind: OtherKind): Promise<Listed | undefined> {
  const items = new Map<string, DefinitionRecord>();
  const read = await readPages(ask, kind, (text, item) => {
    const definition = readDefinition(kind, text, item);
    if (definition === undefined || items.has(definition.name)) return true;
    if (items.size >= MAX_OTHERS) return false;
    items.set(definition.name, definition);
    return true;
  });
  return read.ok ? { items: [...items.values()], isCut: read.isCut } : undefined;
}

/** Pages and bytes are bounded, since they are the upstream's choice. */
async function readPages(
  ask: Ask,
  kind: CatalogueKind,
  take: (text: string, item: JsonNode) => boolean,
): Promise<{ readonly ok: true; readonly isCut: boolean } | ExchangeFailure> {
  const { method, key, what } = LIST[kind];
  let cursor: string | undefined;
  let bytes = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await ask(method, cursor === undefined ? {} : { cursor });
    if (!answer.ok) return answer;
    const result = resultOf(answer.frame);
    const list = member(result, key);
    if (answer.frame === null || list?.kind !== 'array')
      return failure('not_mcp', `The upstream speaks MCP, but does not list its ${what}.`);
    bytes += answer.frame.bytes.byteLength;
    const { text } = answer.frame;
    if (bytes > MAX_LIST_BYTES || !list.items.every((item) => take(text, item)))
      return { ok: true, isCut: true };
    cursor = stringMember(result, 'nextCursor');
    if (cursor === undefined) return { ok: true, isCut: false };
  }
  return { ok: true, isCut: true };
}

export function resultOf(frame: Frame | null): JsonNode | undefined {
  return frame?.message.kind === 'result' ? frame.message.result : undefined;
}
