import { parseJson, type JsonNode } from '@holdpoint/mcp';
import type { ToolRecord } from '../connections/tool-catalogue.ts';

const parsed = new WeakMap<ToolRecord, JsonNode>();

/** A tool's input schema in the form that the frame codec reads; parsed once per definition. */
export function inputSchemaOf(tool: ToolRecord | undefined): JsonNode | undefined {
  if (tool?.inputSchema === undefined) return undefined;
  const known = parsed.get(tool);
  if (known) return known;
  const schema = parseJson(JSON.stringify(tool.inputSchema), { mode: 'lenient' });
  parsed.set(tool, schema);
  return schema;
}
