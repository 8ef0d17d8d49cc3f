import { clientCapabilitiesOf } from '../eras/era.ts';
import type { JsonObject } from '../answers/answers.ts';
import type { Frame } from '../frame/frame.ts';
import { type JsonRpcId, type Message, paramsOf } from '../frame/message.ts';
import { type JsonNode, member, stringMember } from '../json/json-node.ts';
import { applyEdits, quoteJson, type TextEdit } from '../json/json-text.ts';
import { McpError } from '../mcp.error.ts';

/**
 * The Tasks extension of 2026-07-28: instead of a result a server may give a handle, whose state the
 * client then polls.
 *
 * @see https://modelcontextprotocol.io/seps/2663-tasks-extension
 */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** JSON-RPC code for a request that needs a capability which the client did not declare. */
export const MISSING_CAPABILITY = -32021;

/** Everything a client may be told of a task besides what it ended with. */
export interface TaskFacts {
  readonly taskId: string;
  /** For people and models. */
  readonly message: string;
  readonly createdAt: Date;
  readonly lastUpdatedAt: Date;
  /** From `createdAt` on; after that a client may give the task up. */
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
}

/** The states that carry nothing of the call's answer. */
export type OpenTaskStatus = 'working' | 'cancelled';

/** Whether the request says that its client understands tasks. Every request has to say so anew. */
export function declaresTasks(message: Message): boolean {
  const extensions = member(clientCapabilitiesOf(message), 'extensions');
  return member(extensions, TASKS_EXTENSION)?.kind === 'object';
}

/** Whether a server may answer this method with a task. */
export function mayBecomeTask(method: string): boolean {
  return method === 'tools/call';
}

/** The task that a request is about. Attacker-controlled. */
export function taskIdOf(message: Message): string | undefined {
  return stringMember(paramsOf(message), 'taskId');
}

/** The id of the task that a result creates in place of its call's answer. Upstream-controlled. */
export function createdTaskIdOf({ message }: Frame): string | undefined {
  if (message.kind !== 'result' || stringMember(message.result, 'resultType') !== 'task')
    return undefined;
  return stringMember(message.result, 'taskId');
}

/** The handle, in place of the call's answer. It has to be durable by now. */
export function taskCreated(id: JsonRpcId, task: TaskFacts, meta?: JsonObject): string {
  return resultText(id, { resultType: 'task', ...fields(task, 'working'), ...metaOf(meta) });
}

/** The answer to `tasks/get` while nothing can be told of the call's own answer. */
export function taskState(
  id: JsonRpcId,
  task: TaskFacts,
  status: OpenTaskStatus,
  meta?: JsonObject,
): string {
  return resultText(id, { resultType: 'complete', ...fields(task, status), ...metaOf(meta) });
}

/**
 * The answer to `tasks/get` once the call has one, which goes inside byte for byte: a result makes the
 * task `completed`, also one with `isError`; only a JSON-RPC error makes it `failed`.
 *
 * @param ended - the complete answer to the call
 * @throws McpError `invalid_envelope` when it is none
 */
export function taskEnded(id: JsonRpcId, task: TaskFacts, ended: Frame): string {
  const { message } = ended;
  if (message.kind !== 'result' && message.kind !== 'error') throw new McpError('invalid_envelope');
  const [status, key, node] =
    message.kind === 'result'
      ? (['completed', 'result', message.result] as const)
      : (['failed', 'error', message.error] as const);
  const state = JSON.stringify({ resultType: 'complete', ...fields(task, status) });
  const value = ended.text.slice(node.start, node.end);
  return `{"jsonrpc":"2.0","id":${id.raw},"result":${state.slice(0, -1)},"${key}":${value}}}`;
}

/**
 * The answer to `tasks/get` while the call needs input.
 *
 * @param requests - key → the request as JSON text, of what is still outstanding; no key is ever used twice
 */
export function taskNeedsInput(
  id: JsonRpcId,
  task: TaskFacts,
  requests: ReadonlyMap<string, string>,
): string {
  const state = JSON.stringify({ resultType: 'complete', ...fields(task, 'input_required') });
  return `{"jsonrpc":"2.0","id":${id.raw},"result":${state.slice(0, -1)},"inputRequests":${objectText(requests)}}}`;
}

/** Key → JSON text of what an `input_required` result asks for. Empty for any other answer. */
export function inputRequestsIn(frame: Frame): ReadonlyMap<string, string> {
  const { message } = frame;
  return message.kind === 'result'
    ? membersOf(member(message.result, 'inputRequests'), frame.text)
    : new Map();
}

/** Key → JSON text of the input that a `tasks/update` brings. Attacker-controlled. */
export function inputResponsesIn(frame: Frame): ReadonlyMap<string, string> {
  return membersOf(member(paramsOf(frame.message), 'inputResponses'), frame.text);
}

/**
 * The request of a call's next round: the call's first request with what its upstream asked for.
 *
 * @param frame - a request with params
 * @throws McpError `invalid_params` when it has none
 */
export function nextRoundText(
  frame: Frame,
  responses: ReadonlyMap<string, string>,
  requestState: string,
): string {
  const params = paramsOf(frame.message);
  if (params?.kind !== 'object') throw new McpError('invalid_params');
  const own = params.members.filter(({ key }) => !ROUND_KEYS.has(key));
  const kept = own.map(({ start, end }) => frame.text.slice(start, end));
  const added = [
    `"inputResponses":${objectText(responses)}`,
    `"requestState":${quoteJson(requestState)}`,
  ];
  const text = `{${[...kept, ...added].join(',')}}`;
  return applyEdits(frame.text, [{ start: params.start, end: params.end, text }]);
}

const ROUND_KEYS: ReadonlySet<string> = new Set(['inputResponses', 'requestState']);

function membersOf(node: JsonNode | undefined, text: string): ReadonlyMap<string, string> {
  if (node?.kind !== 'object') return new Map();
  return new Map(node.members.map(({ key, value }) => [key, text.slice(value.start, value.end)]));
}

function objectText(members: ReadonlyMap<string, string>): string {
  return `{${[...members].map(([key, value]) => `${quoteJson(key)}:${value}`).join(',')}}`;
}

/** The empty answer to `tasks/update` and `tasks/cancel`: only that it was understood. */
export function taskAcknowledged(id: JsonRpcId): string {
  return resultText(id, { resultType: 'complete' });
}

/** Edits that address a request to a task under another id. */
export function replaceTaskParam({ message }: Frame, taskId: string): TextEdit[] {
  return replaced(paramsOf(message), taskId);
}

/** A result with its task under another id; every other byte stays. */
export function withTaskId(frame: Frame, taskId: string): string {
  if (frame.message.kind !== 'result') return frame.text;
  return applyEdits(frame.text, replaced(frame.message.result, taskId));
}

/** Also one that is written twice: some read the first, some the last. */
function replaced(holder: JsonNode | undefined, taskId: string): TextEdit[] {
  if (holder?.kind !== 'object') return [];
  return holder.members
    .filter(({ key }) => key === 'taskId')
    .map(({ value }) => ({ start: value.start, end: value.end, text: quoteJson(taskId) }));
}

function fields(task: TaskFacts, status: string): JsonObject {
  return {
    taskId: task.taskId,
    status,
    statusMessage: task.message,
    createdAt: task.createdAt.toISOString(),
    lastUpdatedAt: task.lastUpdatedAt.toISOString(),
    ttlMs: task.ttlMs,
    pollIntervalMs: task.pollIntervalMs,
  };
}

function metaOf(meta: JsonObject | undefined): JsonObject {
  return meta === undefined ? {} : { _meta: meta };
}

function resultText(id: JsonRpcId, result: JsonObject): string {
  return `{"jsonrpc":"2.0","id":${id.raw},"result":${JSON.stringify(result)}}`;
}
