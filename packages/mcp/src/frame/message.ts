import { type JsonNode, member } from '../json/json-node.ts';
import { McpError } from '../mcp.error.ts';

/** An id as the peer wrote it (`raw`, the JSON literal) and as it reads. */
export interface JsonRpcId {
  readonly raw: string;
  readonly value: string | number;
}

/** What one JSON-RPC message says. Nodes point into the text of its frame. */
export type Message =
  | {
      readonly kind: 'request';
      readonly id: JsonRpcId;
      readonly method: string;
      readonly params?: JsonNode;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params?: JsonNode }
  | { readonly kind: 'result'; readonly id: JsonRpcId; readonly result: JsonNode }
  | { readonly kind: 'error'; readonly id: JsonRpcId | null; readonly error: JsonNode };

/**
 * A key under which two ids are equal exactly when a peer would take them for one:
 * `"a"` and `"\u0061"` are, `1` and `"1"` are not.
 */
export function idKey(id: JsonRpcId): string {
  return `${typeof id.value}:${id.value}`;
}

/** `params._meta` of a request or notification. */
export function metaOf(message: Message): JsonNode | undefined {
  return member(paramsOf(message), '_meta');
}

/** `params` of a request or notification. */
export function paramsOf(message: Message): JsonNode | undefined {
  return message.kind === 'request' || message.kind === 'notification' ? message.params : undefined;
}

/** A method travels in the `Mcp-Method` header too, where nothing else could stand. */
const METHOD = /^[\x21-\x7e]+$/;

const CALL_MEMBERS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);
const REPLY_MEMBERS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'result', 'error']);

/**
 * Reads an envelope that has passed the strict key checks.
 *
 * INVARIANT: it holds nothing beside what the message says here. Policy judges, the digest covers and
 * reviewers see `method` and `params`; an upstream could obey whatever stood beside them.
 *
 * @throws McpError `invalid_version`, `invalid_id`, `invalid_method`, `invalid_params`,
 * `invalid_envelope`, `unknown_member`
 */
export function strictMessage(text: string, root: JsonNode): Message {
  const version = member(root, 'jsonrpc');
  if (version?.kind !== 'string' || version.value !== '2.0') throw new McpError('invalid_version');

  const [idNode, method, params] = [
    member(root, 'id'),
    member(root, 'method'),
    member(root, 'params'),
  ];
  const [result, error] = [member(root, 'result'), member(root, 'error')];
  const id = idNode && strictId(text, idNode);

  if (method !== undefined) {
    if (result !== undefined || error !== undefined) throw new McpError('invalid_envelope');
    if (method.kind !== 'string' || !METHOD.test(method.value)) {
      throw new McpError('invalid_method');
    }
    if (params !== undefined && params.kind !== 'object' && params.kind !== 'array') {
      throw new McpError('invalid_params');
    }
    refuseOthers(root, CALL_MEMBERS);
    return callOf(id, method.value, params);
  }
  if (params !== undefined || id === undefined) throw new McpError('invalid_envelope');
  refuseOthers(root, REPLY_MEMBERS);
  if (result !== undefined && error === undefined) return { kind: 'result', id, result };
  if (error?.kind === 'object' && result === undefined) return { kind: 'error', id, error };
  throw new McpError('invalid_envelope');
}

function refuseOthers(root: JsonNode, known: ReadonlySet<string>): void {
  if (root.kind !== 'object' || !root.members.every(({ key }) => known.has(key)))
    throw new McpError('unknown_member');
}

/**
 * Reads the envelope of an upstream, which owes us nothing: `jsonrpc` may be missing and
 * an `error: null` beside a result is ignored, as clients do.
 *
 * @throws McpError `invalid_method`, `invalid_id`, `invalid_envelope`
 */
export function lenientMessage(text: string, root: JsonNode): Message {
  const idNode = member(root, 'id');
  const id = idNode && lenientId(text, idNode);

  const method = member(root, 'method');
  if (method !== undefined) {
    if (method.kind !== 'string') throw new McpError('invalid_method');
    // An unreadable id must not turn a request into a notification.
    if (idNode !== undefined && id === undefined) throw new McpError('invalid_id');
    return callOf(id, method.value, member(root, 'params'));
  }
  const error = member(root, 'error');
  if (error !== undefined && error.kind !== 'null') {
    return { kind: 'error', id: id ?? null, error };
  }
  const result = member(root, 'result');
  if (result === undefined) throw new McpError('invalid_envelope');
  if (id === undefined) throw new McpError('invalid_id');
  return { kind: 'result', id, result };
}

function callOf(id: JsonRpcId | undefined, method: string, params: JsonNode | undefined): Message {
  return {
    ...(id === undefined ? { kind: 'notification' } : { kind: 'request', id }),
    method,
    ...(params !== undefined && { params }),
  };
}

/** Only an integer that every parser reads and writes back alike can find its answer again. */
function strictId(text: string, node: JsonNode): JsonRpcId {
  const id = lenientId(text, node);
  if (id === undefined) throw new McpError('invalid_id');
  if (typeof id.value === 'number') {
    if (!Number.isSafeInteger(id.value) || String(id.value) !== id.raw) {
      throw new McpError('invalid_id');
    }
  }
  return id;
}

function lenientId(text: string, node: JsonNode): JsonRpcId | undefined {
  const raw = text.slice(node.start, node.end);
  if (node.kind === 'string') return { raw, value: node.value };
  if (node.kind === 'number') return { raw, value: Number(node.raw) };
  return undefined;
}
