import type { Era } from '../eras/era.ts';
import type { Frame } from '../frame/frame.ts';
import type { JsonRpcId } from '../frame/message.ts';
import { applyEdits, quoteJson } from '../json/json-text.ts';
import { McpError } from '../mcp.error.ts';

/** A JSON object that the gateway itself puts together. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The answer to a `tools/call` that did not run: a result that is an error, because a
 * model reads results and never sees JSON-RPC errors.
 *
 * @param text - what the model reads
 * @param meta - becomes the result's `_meta`
 */
export function toolErrorResult(id: JsonRpcId, text: string, era: Era, meta?: JsonObject): string {
  const result = {
    ...(era === 'modern' && { resultType: 'complete' }),
    content: [{ type: 'text', text }],
    isError: true,
    ...(meta !== undefined && { _meta: meta }),
  };
  return `{"jsonrpc":"2.0","id":${id.raw},"result":${JSON.stringify(result)}}`;
}

/**
 * The modern answer that asks for nothing but the same request again, with this state in it.
 *
 * @param requestState - opaque to the client, which echoes it to the byte
 */
export function inputRequiredResult(id: JsonRpcId, requestState: string): string {
  return `{"jsonrpc":"2.0","id":${id.raw},"result":{"resultType":"input_required","requestState":${quoteJson(requestState)}}}`;
}

/** A JSON-RPC error; `id` is null only where the request's own could not be read. */
export function rpcError(
  id: JsonRpcId | null,
  code: number,
  message: string,
  data?: JsonObject,
): string {
  const error = { code, message, ...(data !== undefined && { data }) };
  return `{"jsonrpc":"2.0","id":${id?.raw ?? 'null'},"error":${JSON.stringify(error)}}`;
}

/**
 * A progress notification.
 *
 * @param tokenRaw - the token's literal as `progressTokenOf` gave it
 * @param progress - must rise strictly from one notification of a token to the next
 */
export function progressNotification(tokenRaw: string, progress: number, message: string): string {
  return (
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${tokenRaw},` +
    `"progress":${JSON.stringify(progress)},"message":${quoteJson(message)}}}`
  );
}

/**
 * Addresses a stored answer to another request and leaves every other byte alone. An
 * upstream may have written the id twice; both change.
 *
 * @throws McpError `invalid_id` when there is no id to replace
 */
export function replaceResultId(frame: Frame, newId: JsonRpcId): string {
  const members = frame.root.kind === 'object' ? frame.root.members : [];
  const edits = members
    .filter(({ key }) => key === 'id')
    .map(({ value }) => ({ start: value.start, end: value.end, text: newId.raw }));
  if (edits.length === 0) throw new McpError('invalid_id');
  return applyEdits(frame.text, edits);
}
