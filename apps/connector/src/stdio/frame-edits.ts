import { applyEdits, type Frame, type JsonNode, member, metaOf, paramsOf } from '@holdpoint/mcp';

/** The key under which a notification of 2026-07-28 names the `subscriptions/listen` it belongs to. */
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';

/** Literals to be put into the places where a message carries an id or a token. */
export interface Replacements {
  readonly id?: string;
  readonly progressToken?: string;
  readonly cancelledId?: string;
  readonly subscriptionId?: string;
}

/** The text of a frame with other ids; every other character stays as it was. */
export function withIds(frame: Frame, replacements: Replacements): string {
  const places: [JsonNode | undefined, string | undefined][] = [
    ...membersNamed(frame.root, 'id').map((node): [JsonNode, string | undefined] => [
      node,
      replacements.id,
    ]),
    [progressTokenNode(frame), replacements.progressToken],
    [member(paramsOf(frame.message), 'requestId'), replacements.cancelledId],
    [subscriptionNode(frame), replacements.subscriptionId],
  ];
  return applyEdits(
    frame.text,
    places.flatMap(([node, text]) =>
      node === undefined || text === undefined ? [] : [{ start: node.start, end: node.end, text }],
    ),
  );
}

/** The literal of the subscription that a message of the server names. */
export function subscriptionIdOf(frame: Frame): string | undefined {
  const node = subscriptionNode(frame);
  return node && frame.text.slice(node.start, node.end);
}

function progressTokenNode({ message }: Frame): JsonNode | undefined {
  return message.kind === 'notification'
    ? member(message.params, 'progressToken')
    : member(metaOf(message), 'progressToken');
}

function subscriptionNode({ message }: Frame): JsonNode | undefined {
  const meta = message.kind === 'result' ? member(message.result, '_meta') : metaOf(message);
  return member(meta, SUBSCRIPTION_ID);
}

/** A server may have written a key twice; both change. */
function membersNamed(root: JsonNode, key: string): JsonNode[] {
  if (root.kind !== 'object') return [];
  return root.members.filter((one) => one.key === key).map(({ value }) => value);
}
