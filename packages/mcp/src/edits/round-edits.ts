import type { Frame } from '../frame/frame.ts';
import { paramsOf } from '../frame/message.ts';
import { allMembers, type JsonMember, type JsonNode, stringMember } from '../json/json-node.ts';
import { quoteJson, type TextEdit } from '../json/json-text.ts';

/**
 * Multi round-trip requests of 2026-07-28: a server answers with what it still needs
 * (`resultType: "input_required"`), and the client sends the request again with
 * `inputResponses` and the `requestState` it was given.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
const ROUND_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Whether a server may answer this method with `input_required`. */
export function mayAskForInput(method: string): boolean {
  return ROUND_METHODS.has(method);
}

/** One request inside `inputRequests`, as a frame's text, with its key for an id. */
export interface InputRequest {
  readonly method: string;
  readonly frameText: string;
}

/** What an `input_required` result says. */
export type InputRequired =
  | {
      readonly kind: 'asks';
      readonly requestState: string | undefined;
      readonly requests: readonly InputRequest[];
    }
  /** A client could read it in more than one way, or not at all. */
  | { readonly kind: 'malformed' };

/** More requests in one answer than any client would put before a person are taken for malformed. */
const MAX_INPUT_REQUESTS = 64;
/** As for any method that a client sends. */
const MAX_METHOD_LENGTH = 128;

/** `undefined` where a frame asks for no input. Upstream-controlled. */
export function inputRequiredOf(frame: Frame): InputRequired | undefined {
  const results = resultsOf(frame);
  const asking = results.filter((result) =>
    allMembers(result, 'resultType').some(saysInputRequired),
  );
  const [result] = asking;
  if (result === undefined) return undefined;
  return results.length > 1 || isRepeatedIn(result)('resultType')
    ? { kind: 'malformed' }
    : readAsking(frame, result);
}

/**
 * What a frame asks of its client wherever that stands: in the answer to a call, in the state of a task,
 * in a notification of one. `undefined` where it asks for nothing. Upstream-controlled.
 */
export function inputAskedIn(frame: Frame): InputRequired | undefined {
  const required = inputRequiredOf(frame);
  if (required !== undefined) return required;
  const asking = holdersOf(frame).filter(
    (holder) => allMembers(holder, 'inputRequests').length > 0,
  );
  const [holder] = asking;
  if (holder === undefined) return undefined;
  return asking.length > 1 ? { kind: 'malformed' } : readAsking(frame, holder);
}

/** Whatever a client could take for a task's state, whether its status says so or not. */
function holdersOf(frame: Frame): JsonObjectNode[] {
  const outer = allMembers(frame.root, frame.message.kind === 'result' ? 'result' : 'params');
  const inner = outer.flatMap((node) => [
    ...allMembers(node, 'task'),
    ...allMembers(node, 'result'),
  ]);
  return [...outer, ...inner].filter((node) => node.kind === 'object');
}

/** What an object with `inputRequests` asks for; each request counts once, however long its text. */
function readAsking(frame: Frame, holder: JsonObjectNode): InputRequired {
  if (['requestState', 'inputRequests'].some(isRepeatedIn(holder))) return { kind: 'malformed' };
  const [state] = allMembers(holder, 'requestState');
  const [requests] = allMembers(holder, 'inputRequests');
  if (state !== undefined && state.kind !== 'string') return { kind: 'malformed' };
  if (requests !== undefined && requests.kind !== 'object') return { kind: 'malformed' };
  const members = requests?.members ?? [];
  if (members.length > MAX_INPUT_REQUESTS) return { kind: 'malformed' };
  const asked = members.map((member) => inputRequestOf(frame, member));
  const readable = asked.filter((request) => request !== undefined);
  if (readable.length < asked.length) return { kind: 'malformed' };
  return { kind: 'asks', requestState: state?.value, requests: readable };
}

function inputRequestOf(frame: Frame, { key, value }: JsonMember): InputRequest | undefined {
  if (value.kind !== 'object' || isRepeatedIn(value)('method') || isRepeatedIn(value)('params'))
    return undefined;
  const method = stringMember(value, 'method');
  if (method === undefined || method.length > MAX_METHOD_LENGTH) return undefined;
  const members = frame.text.slice(value.start + 1, value.end);
  return { method, frameText: `{"jsonrpc":"2.0","id":${quoteJson(key)},${members}` };
}

/** Edits that give an `input_required` result another `requestState`, or its first one. */
export function setRequestState(frame: Frame, requestState: string): TextEdit[] {
  const literal = quoteJson(requestState);
  return resultsOf(frame).flatMap((result) => {
    const present = allMembers(result, 'requestState');
    if (present.length > 0) return present.map(({ start, end }) => ({ start, end, text: literal }));
    const at = result.start + 1;
    const comma = result.members.length > 0 ? ',' : '';
    return [{ start: at, end: at, text: `"requestState":${literal}${comma}` }];
  });
}

/** The `requestState` that a client's request carries; `null` where it is not a string. */
export function requestStateOf({ message }: Frame): string | null | undefined {
  const [state] = allMembers(paramsOf(message), 'requestState');
  if (state === undefined) return undefined;
  return state.kind === 'string' ? state.value : null;
}

/** Edits that put another value in the place of a param that is there. */
export function replaceParam({ message }: Frame, key: string, value: string): TextEdit[] {
  return allMembers(paramsOf(message), key).map(({ start, end }) => ({
    start,
    end,
    text: quoteJson(value),
  }));
}

/** Edits that take params out, each with one of the commas beside it, and leave every other byte. */
export function removeParams({ message }: Frame, keys: readonly string[]): TextEdit[] {
  const params = paramsOf(message);
  if (params?.kind !== 'object') return [];
  const edits: TextEdit[] = [];
  let hasKept = false;
  params.members.forEach((member, index) => {
    if (!keys.includes(member.key)) {
      hasKept = true;
      return;
    }
    const before = params.members[index - 1]?.end ?? member.start;
    const after = params.members[index + 1]?.start ?? member.end;
    edits.push(
      hasKept
        ? { start: before, end: member.end, text: '' }
        : { start: member.start, end: after, text: '' },
    );
  });
  return edits;
}

type JsonObjectNode = Extract<JsonNode, { kind: 'object' }>;

function resultsOf({ root, message }: Frame): JsonObjectNode[] {
  if (message.kind !== 'result') return [];
  return allMembers(root, 'result').filter((value) => value.kind === 'object');
}

function saysInputRequired(node: JsonNode): boolean {
  return node.kind === 'string' && node.value === 'input_required';
}

/** Of a key said twice some clients read the first, some the last. */
function isRepeatedIn(node: JsonNode): (key: string) => boolean {
  return (key) => allMembers(node, key).length > 1;
}
