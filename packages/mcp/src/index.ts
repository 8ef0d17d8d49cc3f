export { McpError, type McpErrorCode } from './mcp.error.ts';

export {
  countValues,
  type JsonMember,
  type JsonNode,
  type JsonValue,
  member,
  stringMember,
  toValue,
} from './json/json-node.ts';
export { type ParseOptions, parseJson } from './json/parse-json.ts';
export { type CanonicalOptions, canonicalJson } from './json/canonical-json.ts';
export { applyEdits, decodeUtf8, quoteJson, type TextEdit } from './json/json-text.ts';

export {
  DEFAULT_MAX_BYTES,
  type Frame,
  type FrameLimits,
  parseClientBatch,
  parseClientFrame,
  parseServerFrame,
  type ServerFrame,
} from './frame/frame.ts';
export { idKey, type JsonRpcId, type Message, metaOf, paramsOf } from './frame/message.ts';
export { GrowingBytes } from './frame/growing-bytes.ts';
export { digestInput, TRANSPORT_META_KEYS } from './frame/digest-input.ts';

export { type SseComment, SseDecoder, type SseEvent, type SseMessage } from './sse/sse-decoder.ts';
export { encodeSseComment, encodeSseEvent, type SseFields } from './sse/encode-sse.ts';

export {
  classifyMethod,
  type Direction,
  listItemsKey,
  type ListItemsKey,
  type MethodClass,
} from './methods/method-vocabulary.ts';
export {
  callTarget,
  type CallTarget,
  cancelledRequestId,
  progressTokenOf,
} from './methods/call-facts.ts';

export {
  clientCapabilitiesOf,
  clientInfoOf,
  type ClientInfo,
  detectEra,
  type Era,
  type HeaderReader,
  LATEST_LEGACY,
  missingEnvelopeKeys,
  MODERN,
  protocolVersionOf,
} from './eras/era.ts';
export {
  checkModernHeaders,
  HEADER_MISMATCH,
  type HeaderCheck,
  type HeaderMismatch,
  modernHeaders,
} from './eras/modern-headers.ts';

export {
  inputRequiredResult,
  type JsonObject,
  progressNotification,
  replaceResultId,
  rpcError,
  toolErrorResult,
} from './answers/answers.ts';
export { type AnswerNote, noteInAnswer } from './edits/answer-note.ts';
export { replaceArguments } from './edits/argument-edits.ts';
export { filterListItems, markListPrivate } from './edits/list-edits.ts';
export {
  type InputRequest,
  inputAskedIn,
  type InputRequired,
  inputRequiredOf,
  mayAskForInput,
  removeParams,
  replaceParam,
  requestStateOf,
  setRequestState,
} from './edits/round-edits.ts';
export {
  createdTaskIdOf,
  declaresTasks,
  inputRequestsIn,
  inputResponsesIn,
  mayBecomeTask,
  MISSING_CAPABILITY,
  nextRoundText,
  type OpenTaskStatus,
  replaceTaskParam,
  taskAcknowledged,
  taskCreated,
  taskEnded,
  type TaskFacts,
  taskIdOf,
  taskNeedsInput,
  TASKS_EXTENSION,
  taskState,
  withTaskId,
} from './tasks/tasks.ts';
