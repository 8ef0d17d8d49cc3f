/**
 * What a place in a frame means to the protocol, and so to the masks.
 *
 * - `frame`, `requests`: JSON-RPC itself, and the map of an upstream's `inputRequests`.
 * - `envelope`: MCP's own objects. Texts in them are searched; field patterns name nothing here.
 * - `schema`: definitions a client validates against. Searched too, but never by field.
 * - `meta`: `_meta`.
 * - `data`: what the upstream's domain is about. Everything applies.
 * - `reserved`: handles and vocabulary the protocol breaks without. Never touched.
 */
export type Zone = 'frame' | 'requests' | 'envelope' | 'schema' | 'meta' | 'data' | 'reserved';

const HANDLES = new Set([
  'type',
  'mimeType',
  'resultType',
  'nextCursor',
  'cursor',
  'requestState',
  'progressToken',
  'progress',
  'total',
  'taskId',
  'requestId',
  'elicitationId',
  'subscriptionId',
  'toolUseId',
  'protocolVersion',
  'uri',
  'uriTemplate',
  'url',
  'role',
  'level',
  'code',
  'mode',
  'ttl',
  'ttlMs',
  'pollInterval',
  'pollIntervalMs',
  'cacheScope',
  'createdAt',
  'lastUpdatedAt',
  'isError',
  'hasMore',
  'size',
]);

/** Members of MCP's own objects; any other member of them is the upstream's data. */
const OWN_MEMBERS = new Set([
  'content',
  'contents',
  'messages',
  'message',
  'text',
  'resource',
  'resources',
  'resourceTemplates',
  'tools',
  'prompts',
  'prompt',
  'description',
  'title',
  'name',
  'arguments',
  'argument',
  'icons',
  'src',
  'sizes',
  'theme',
  'annotations',
  'audience',
  'priority',
  'lastModified',
  'task',
  'tasks',
  'status',
  'statusMessage',
  'completion',
  'values',
  'serverInfo',
  'version',
  'websiteUrl',
  'instructions',
  'supportedVersions',
  'roots',
  'reason',
  'logger',
  'systemPrompt',
  'model',
  'modelPreferences',
  'stopReason',
  'stopSequences',
  'includeContext',
  'temperature',
  'maxTokens',
  'toolChoice',
  'required',
  'elicitations',
  'execution',
  'blob',
  'result',
  'error',
  'params',
  'ref',
]);
const DEFINITIONS = new Set([
  'inputSchema',
  'outputSchema',
  'requestedSchema',
  'capabilities',
  'extensions',
]);

/** Members that hold a value of their own; field paths start inside them. */
export const VALUE_ROOTS: ReadonlySet<string> = new Set([
  'structuredContent',
  'data',
  'input',
  'metadata',
]);

const RESERVED_META = 'io.modelcontextprotocol/';

/** The zone one key or index further. A position never changes it. */
export function enterZone(zone: Zone, key: string | number): Zone {
  if (typeof key === 'number') return zone;
  switch (zone) {
    case 'frame':
      if (key === 'jsonrpc' || key === 'id' || key === 'method') return 'reserved';
      return key === 'result' || key === 'error' || key === 'params' ? 'envelope' : 'data';
    case 'requests':
      return 'frame';
    case 'envelope':
      return enterEnvelope(key);
    case 'meta':
      return key.startsWith(RESERVED_META) || key === 'progressToken' ? 'reserved' : 'data';
    case 'schema':
    case 'data':
    case 'reserved':
      return zone;
    default:
      return zone satisfies never;
  }
}

function enterEnvelope(key: string): Zone {
  if (key === '_meta') return 'meta';
  if (key === 'inputRequests') return 'requests';
  if (HANDLES.has(key)) return 'reserved';
  if (DEFINITIONS.has(key)) return 'schema';
  return OWN_MEMBERS.has(key) ? 'envelope' : 'data';
}

/**
 * Is this a field that the protocol needs as it is? The default of `protectedPaths`.
 *
 * Among them `uri` and cursors: they are handles, and a masked handle would name something else.
 * The same names inside `structuredContent` are ordinary data.
 */
export function isProtocolField(path: readonly (string | number)[]): boolean {
  let zone: Zone = 'frame';
  for (const key of path) zone = enterZone(zone, key);
  return zone === 'reserved';
}
