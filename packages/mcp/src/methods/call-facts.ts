import { type JsonNode, member, stringMember } from '../json/json-node.ts';
import { quoteJson } from '../json/json-text.ts';
import { type JsonRpcId, type Message, metaOf, paramsOf } from '../frame/message.ts';

/** What a call acts on: a tool or prompt by name, a resource by URI. */
export interface CallTarget {
  readonly name?: string;
  readonly uri?: string;
}

/** The target of a call as its method defines it; empty where there is none to read. */
export function callTarget(message: Message): CallTarget {
  if (message.kind !== 'request') return {};
  const params = message.params;
  switch (message.method) {
    case 'tools/call':
    case 'prompts/get':
      return targetOf(stringMember(params, 'name'), undefined);
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return targetOf(undefined, stringMember(params, 'uri'));
    case 'completion/complete':
      return completionTarget(member(params, 'ref'));
    default:
      return {};
  }
}

/** Only the member that the kind of reference defines, so that a second one decides nothing. */
function completionTarget(ref: JsonNode | undefined): CallTarget {
  switch (stringMember(ref, 'type')) {
    case 'ref/prompt':
      return targetOf(stringMember(ref, 'name'), undefined);
    case 'ref/resource':
      return targetOf(undefined, stringMember(ref, 'uri'));
    default:
      return {};
  }
}

function targetOf(name: string | undefined, uri: string | undefined): CallTarget {
  return { ...(name !== undefined && { name }), ...(uri !== undefined && { uri }) };
}

/**
 * The literal of the progress token: of a request the one it asks to be told under, of
 * a progress notification the one it reports to.
 */
export function progressTokenOf(message: Message): string | undefined {
  const token =
    message.kind === 'notification' && message.method === 'notifications/progress'
      ? member(message.params, 'progressToken')
      : member(metaOf(message), 'progressToken');
  return token && scalarOf(token)?.raw;
}

/** The request that a `notifications/cancelled` gives up; compare with `idKey`. */
export function cancelledRequestId(message: Message): JsonRpcId | undefined {
  if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') {
    return undefined;
  }
  const id = member(paramsOf(message), 'requestId');
  return id && scalarOf(id);
}

/** A string or number as an equivalent literal: numbers as written, strings re-quoted. */
function scalarOf(node: JsonNode): JsonRpcId | undefined {
  if (node.kind === 'string') return { raw: quoteJson(node.value), value: node.value };
  if (node.kind === 'number') return { raw: node.raw, value: Number(node.raw) };
  return undefined;
}
