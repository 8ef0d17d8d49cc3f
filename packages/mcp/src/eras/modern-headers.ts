import type { Frame } from '../frame/frame.ts';
import { type Message, paramsOf } from '../frame/message.ts';
import { type JsonNode, member, stringMember } from '../json/json-node.ts';
import { type HeaderReader, protocolVersionOf } from './era.ts';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { type ParamHeader, paramHeadersOf, paramHeaderText } from './param-headers.ts';

/** JSON-RPC code for headers that contradict the body; goes with HTTP 400. */
export const HEADER_MISMATCH = -32020;

/** One header that contradicts the body. */
export interface HeaderMismatch {
  readonly header: string;
  readonly problem: 'missing' | 'invalid-encoding' | 'different';
  /** A sentence for the client. */
  readonly message: string;
}

/** Whether the headers say what the body says. */
export type HeaderCheck =
  { readonly ok: true } | { readonly ok: false; readonly mismatches: readonly HeaderMismatch[] };

const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Which member of `params` the `Mcp-Name` header repeats. */
const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/** A header that the body demands. */
interface Expected {
  readonly header: string;
  readonly value: string;
  /** Names and arguments may be Base64; version and method never are. */
  readonly encoded: boolean;
  readonly numeric?: boolean;
}

/**
 * Compares the headers of a modern message with its body. A request must carry all of
 * them; a notification may leave them out, but what it carries must agree. `Mcp-Param-*`
 * headers are checked where the tool's input schema is given.
 */
export function checkModernHeaders(
  headers: HeaderReader,
  frame: Frame,
  toolInputSchema?: JsonNode,
): HeaderCheck {
  const required = frame.message.kind === 'request';
  const mismatches = expectedHeaders(frame.message, toolInputSchema)
    .map((expected) => compare(expected, headers(expected.header), required))
    .filter((mismatch) => mismatch !== undefined);
  return mismatches.length === 0 ? { ok: true } : { ok: false, mismatches };
}

/**
 * The headers of a modern message written from its body. Never forward those of the
 * client: an upstream may route by a header that no one compared.
 */
export function modernHeaders(frame: Frame, toolInputSchema?: JsonNode): Record<string, string> {
  return Object.fromEntries(
    // A hostile version must not break the header block either; for a plain value the
    // encoding is the identity.
    expectedHeaders(frame.message, toolInputSchema).map(({ header, value }) => [
      header,
      encodeHeaderValue(value),
    ]),
  );
}

function expectedHeaders(message: Message, inputSchema: JsonNode | undefined): Expected[] {
  const expected: Expected[] = [];
  const version = protocolVersionOf(message);
  if (version !== undefined) {
    expected.push({ header: 'MCP-Protocol-Version', value: version, encoded: false });
  }
  if (message.kind !== 'request' && message.kind !== 'notification') return expected;
  expected.push({ header: 'Mcp-Method', value: message.method, encoded: false });

  const params = paramsOf(message);
  const source = NAME_SOURCE.get(message.method);
  const name = source === undefined ? undefined : stringMember(params, source);
  if (name !== undefined) expected.push({ header: 'Mcp-Name', value: name, encoded: true });

  if (message.method === 'tools/call') {
    const args = member(params, 'arguments');
    for (const declared of paramHeadersOf(inputSchema)) expected.push(...argument(args, declared));
  }
  return expected;
}

function argument(args: JsonNode | undefined, declared: ParamHeader): Expected[] {
  const value = paramHeaderText(args, declared);
  if (value === undefined) return [];
  return [{ header: declared.header, value, encoded: true, numeric: declared.numeric }];
}

function compare(
  expected: Expected,
  field: string | undefined,
  required: boolean,
): HeaderMismatch | undefined {
  const { header } = expected;
  if (field === undefined) {
    if (!required) return undefined;
    return { header, problem: 'missing', message: `The header ${header} is required.` };
  }
  const value = expected.encoded ? decodeHeaderValue(field) : field.trim();
  if (value === undefined) {
    return {
      header,
      problem: 'invalid-encoding',
      message: `The header ${header} is not valid Base64.`,
    };
  }
  if (value === expected.value) return undefined;
  if (
    expected.numeric === true &&
    DECIMAL.test(value) &&
    Number(value) === Number(expected.value)
  ) {
    return undefined;
  }
  return {
    header,
    problem: 'different',
    message: `The header ${header} says something else than the body.`,
  };
}
