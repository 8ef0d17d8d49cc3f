import type { ArgumentSchema, ArgumentValue, GrantArguments } from '@holdpoint/approval';
import { canonicalJson, member, paramsOf, type Frame, type JsonNode } from '@holdpoint/mcp';
import type { ToolRecord } from '../connections/tool-catalogue.ts';

/** The arguments of a tool call by name; `undefined` where they are no object. Attacker-controlled. */
export function grantArguments({ message }: Frame): GrantArguments | undefined {
  const given = member(paramsOf(message), 'arguments');
  if (given?.kind !== 'object') return undefined;
  return new Map(given.members.map(({ key, value }) => [key, argumentOf(value)]));
}

function argumentOf(node: JsonNode): ArgumentValue {
  return {
    canonical: canonicalJson(node),
    kind: node.kind,
    value: node.kind === 'string' ? node.value : null,
  };
}

/** What the tool's schema says of an argument. Upstream-controlled: what can't be read narrows nothing, and frees nothing. */
export function argumentSchema(tool: ToolRecord | undefined, name: string): ArgumentSchema {
  const property = own(own(tool?.inputSchema, 'properties'), name);
  const type = own(property, 'type');
  const values = own(property, 'enum');
  return {
    types: strings(typeof type === 'string' ? [type] : type),
    values: values === undefined ? null : (strings(values) ?? []),
  };
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function strings(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
}
