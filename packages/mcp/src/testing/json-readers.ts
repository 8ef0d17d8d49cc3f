import { JSONParser } from '@streamparser/json';
import JSON5 from 'json5';
import { parse as parseJsonc, type ParseError } from 'jsonc-parser';
import { parse as parseLossless } from 'lossless-json';
import type { JsonNode } from '../json/json-node.ts';

/** A value in which equal texts mean equal readings. */
type Reading = string;

/** Another author's JSON parser. Throws where it can't read the text. */
export interface JsonReader {
  readonly name: string;
  readonly read: (bytes: Uint8Array, text: string) => Reading;
  /** The reading that it must come to. */
  readonly expected: (root: JsonNode) => Reading;
}

/** It decodes strings piece by piece and so drops every U+FEFF. Keys and names can't have one. */
const withoutMark = (value: string) => value.replaceAll('\uFEFF', '');

/** It warns of them on the console. In valid JSON they stand in strings only. */
const withoutSeparators = (text: string) =>
  text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

const byNumber = (root: JsonNode) => write(root, (raw) => String(Number(raw)));
const byLiteral = (root: JsonNode) => write(root, (raw) => raw);

/** Parsers that share no code with each other, nor with ours. */
export const JSON_READERS: readonly JsonReader[] = [
  { name: 'JSON.parse', read: (_bytes, text) => show(JSON.parse(text)), expected: byNumber },
  { name: 'jsonc-parser', read: (_bytes, text) => show(readJsonc(text)), expected: byNumber },
  {
    name: 'json5',
    read: (_bytes, text) => show(JSON5.parse(withoutSeparators(text))),
    expected: byNumber,
  },
  {
    name: 'lossless-json',
    read: (_bytes, text) => show(parseLossless(text, null, (raw) => new Literal(raw))),
    expected: byLiteral,
  },
  {
    name: '@streamparser/json',
    read: (bytes) => show(readStream(bytes), withoutMark),
    expected: (root) => write(root, (raw) => String(Number(raw)), withoutMark),
  },
];

class Literal {
  readonly raw: string;
  constructor(raw: string) {
    this.raw = raw;
  }
}

function readJsonc(text: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors, { disallowComments: true });
  if (errors.length > 0) throw new Error(`jsonc-parser: error ${errors[0]?.error}`);
  return value;
}

/** Reads the bytes themselves, not our text of them. */
function readStream(bytes: Uint8Array): unknown {
  const parser = new JSONParser({ paths: ['$'] });
  const found: unknown[] = [];
  parser.onValue = ({ value }) => void found.push(value);
  parser.write(bytes);
  if (!parser.isEnded) parser.end();
  if (found.length !== 1) throw new Error(`@streamparser/json: ${found.length} values`);
  return found[0];
}

/** Keys sorted: their order means nothing, and JavaScript moves keys like `"1"` to the front. */
function write(
  node: JsonNode,
  numberOf: (raw: string) => string,
  textOf = (value: string) => value,
): Reading {
  switch (node.kind) {
    case 'object':
      return object(node.members.map(({ key, value }) => [key, write(value, numberOf, textOf)]));
    case 'array':
      return `[${node.items.map((item) => write(item, numberOf, textOf)).join(',')}]`;
    case 'string':
      return JSON.stringify(textOf(node.value));
    case 'boolean':
      return String(node.value);
    case 'number':
      return `#${numberOf(node.raw)}`;
    case 'null':
      return 'null';
    default:
      return node satisfies never;
  }
}

function show(value: unknown, textOf = (text: string) => text): Reading {
  if (value instanceof Literal) return `#${value.raw}`;
  if (typeof value === 'number') return `#${String(value)}`;
  if (Array.isArray(value)) return `[${value.map((each) => show(each, textOf)).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return object(Object.entries(value).map(([key, each]) => [key, show(each, textOf)]));
  return typeof value === 'string' ? JSON.stringify(textOf(value)) : String(value);
}

function object(members: readonly (readonly [string, Reading])[]): Reading {
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}
