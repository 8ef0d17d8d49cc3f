import { canonicalJson } from '../json/canonical-json.ts';
import { type JsonNode, member } from '../json/json-node.ts';
import type { Frame } from './frame.ts';

/**
 * Members of `params._meta` that say how a message travels, not what it asks for. They
 * change from one attempt to the next, so two identical calls must agree without them.
 */
export const TRANSPORT_META_KEYS: ReadonlySet<string> = new Set([
  'io.modelcontextprotocol/protocolVersion',
  'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/clientCapabilities',
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
]);

/**
 * The canonical text of what a frame asks or answers, for the keyed digest of a call:
 * its params (or result, or error) without the transport keys of `_meta`. A `_meta` of
 * nothing but transport keys counts as absent, absent params as `null`.
 */
export function digestInput(frame: Frame): string {
  const payload = payloadOf(frame);
  if (payload === undefined) return 'null';
  const metaIsTransport = holdsOnlyTransport(member(payload, '_meta'));
  return canonicalJson(payload, {
    omit: (path) => {
      if (path[0] !== '_meta') return false;
      if (path.length === 1) return metaIsTransport;
      return path.length === 2 && TRANSPORT_META_KEYS.has(String(path[1]));
    },
  });
}

function payloadOf({ message }: Frame): JsonNode | undefined {
  switch (message.kind) {
    case 'request':
    case 'notification':
      return message.params;
    case 'result':
      return message.result;
    case 'error':
      return message.error;
    default:
      return message satisfies never;
  }
}

function holdsOnlyTransport(meta: JsonNode | undefined): boolean {
  return meta?.kind === 'object' && meta.members.every(({ key }) => TRANSPORT_META_KEYS.has(key));
}
