import { type JsonNode, member } from '../json/json-node.ts';
import { McpError } from '../mcp.error.ts';

const ENVELOPE_KEYS = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'];

/** Members of `params` that the protocol gives a meaning, in either era. */
const PARAMS_KEYS = [
  '_meta',
  'argument',
  'arguments',
  'capabilities',
  'clientInfo',
  'context',
  'cursor',
  'inputResponses',
  'level',
  'message',
  'name',
  'notifications',
  'progress',
  'progressToken',
  'protocolVersion',
  'reason',
  'ref',
  'requestId',
  'requestState',
  'task',
  'taskId',
  'total',
  'uri',
];

/** Objects inside `params` that typed servers decode into a structure as well. */
const DECODED_PARAMS = ['_meta', 'arguments', 'argument', 'ref'];

/**
 * Refuses keys that some parsers take for one another. Go's `encoding/json`, for one,
 * matches keys without regard to case and lets the last one win, so a `NAME` behind a
 * `name` would call another tool than the one that was judged.
 *
 * @throws McpError `ambiguous_key`
 */
export function refuseAmbiguousKeys(root: JsonNode): void {
  refuseIn(root, ENVELOPE_KEYS);
  const params = member(root, 'params');
  refuseIn(params, PARAMS_KEYS);
  for (const key of DECODED_PARAMS) refuseIn(member(params, key), []);
}

function refuseIn(node: JsonNode | undefined, known: readonly string[]): void {
  if (node?.kind !== 'object') return;
  const spelling = new Map(known.map((key) => [fold(key), key]));
  for (const { key } of node.members) {
    const folded = fold(key);
    if ((spelling.get(folded) ?? key) !== key) throw new McpError('ambiguous_key');
    spelling.set(folded, key);
  }
}

/** Up, then down: simple folding also maps U+017F to `s` and U+212A to `k`. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
