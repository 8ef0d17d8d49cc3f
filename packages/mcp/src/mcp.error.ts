/**
 * Why a frame, a stream or an edit was refused. The sentences are written for the
 * peer that sent the input: they name what to change and repeat nothing of it.
 */
const MESSAGES = {
  invalid_utf8: 'The message is not valid UTF-8.',
  byte_order_mark: 'The message starts with a byte order mark; send plain UTF-8.',
  invalid_json: 'The message is not valid JSON.',
  trailing_content: 'There is something after the end of the JSON value.',
  duplicate_key: 'An object names the same key twice.',
  lone_surrogate: 'A string holds half of a surrogate pair.',
  prototype_key: 'The key "__proto__" is refused: some parsers take it for something else.',
  unsafe_name: 'A key, or what the call names, holds U+0000 or U+FEFF; some parsers drop them.',
  too_deep: 'The message is nested too deeply.',
  number_too_long: 'A number is written with more digits than this endpoint accepts.',
  name_too_long: 'The method, or what the call names, is longer than this endpoint accepts.',
  too_many_values: 'The message holds more values than this endpoint accepts.',
  frame_too_large: 'The message is larger than this endpoint accepts.',
  batch_unsupported:
    'Only clients of revision 2025-03-26 may send batches; send one message at a time.',
  batch_too_large: 'A batch may hold 50 messages at most.',
  not_an_object: 'A JSON-RPC message must be a JSON object.',
  ambiguous_key: 'Two keys differ only by case, or a key is a known one in another case.',
  invalid_version: 'The member "jsonrpc" must be "2.0".',
  invalid_id: 'The member "id" must be a string or a plain integer of at most 53 bits.',
  missing_id: 'This method is a request and needs an "id".',
  invalid_method: 'The member "method" must be a non-empty string of printable ASCII.',
  invalid_params: 'The member "params" must be an object or an array.',
  invalid_envelope: 'A JSON-RPC message is a request, a notification, a result or an error.',
  unknown_member:
    'A message holds "jsonrpc", "id", "method" and "params", or "result" or "error", and nothing beside them: it would be judged and shown to nobody. What is meant for the server goes into "params".',
  invalid_edit: 'The edits overlap or lie outside the text.',
  invalid_sse_field: 'A field of a server-sent event may not hold a line break.',
} as const;

/** Stable codes of {@link McpError}. */
export type McpErrorCode = keyof typeof MESSAGES;

/** The one error of this package. `message` may be shown to whoever sent the input. */
export class McpError extends Error {
  override readonly name = 'McpError';
  readonly code: McpErrorCode;

  /** @param detail - added to the sentence of the code; never text that the sender wrote. */
  constructor(code: McpErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? MESSAGES[code] : `${MESSAGES[code]} (${detail})`, options);
    this.code = code;
  }
}
