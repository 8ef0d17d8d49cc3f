import { type JsonNode, member, stringMember } from '../json/json-node.ts';
import { type Message, metaOf, paramsOf } from '../frame/message.ts';

/** The newest revision with sessions and an `initialize` handshake. */
export const LATEST_LEGACY = '2025-11-25';

/** The first stateless revision; every later one is modern too. */
export const MODERN = '2026-07-28';

/** Which half of the protocol's history a message belongs to. */
export type Era = 'legacy' | 'modern';

/** Reads one HTTP header by name, without regard to case. */
export type HeaderReader = (name: string) => string | undefined;

const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo';
const CLIENT_CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';

/**
 * The era of a client's message. The body decides: a claimed version in `_meta`, else
 * `initialize` means legacy; only without either does the header count. A claim that is
 * no version reads as modern, where it is refused, and never falls back silently.
 */
export function detectEra(headers: HeaderReader, message: Message): Era {
  const claim = member(metaOf(message), PROTOCOL_VERSION_KEY);
  if (claim !== undefined) {
    return claim.kind === 'string' && isLegacyVersion(claim.value) ? 'legacy' : 'modern';
  }
  if (message.kind === 'request' && message.method === 'initialize') return 'legacy';
  const header = headers('mcp-protocol-version');
  return header !== undefined && isModernVersion(header.trim()) ? 'modern' : 'legacy';
}

/** The version a message names: in `_meta`, or asked for by `initialize`. */
export function protocolVersionOf(message: Message): string | undefined {
  return (
    stringMember(metaOf(message), PROTOCOL_VERSION_KEY) ??
    (isInitialize(message) ? stringMember(message.params, 'protocolVersion') : undefined)
  );
}

/** What a client calls itself. Untrusted: a label for people, never a ground to decide on. */
export interface ClientInfo {
  readonly name: string;
  readonly version?: string;
  readonly title?: string;
}

/** The client's name from `initialize` (legacy) or `_meta` (modern). */
export function clientInfoOf(message: Message): ClientInfo | undefined {
  const info =
    member(metaOf(message), CLIENT_INFO_KEY) ??
    (isInitialize(message) ? member(message.params, 'clientInfo') : undefined);
  const name = stringMember(info, 'name');
  if (name === undefined) return undefined;
  const [version, title] = [stringMember(info, 'version'), stringMember(info, 'title')];
  return { name, ...(version !== undefined && { version }), ...(title !== undefined && { title }) };
}

/** The capabilities a client declares, in either era. */
export function clientCapabilitiesOf(message: Message): JsonNode | undefined {
  return (
    member(metaOf(message), CLIENT_CAPABILITIES_KEY) ??
    (isInitialize(message) ? member(message.params, 'capabilities') : undefined)
  );
}

/**
 * The `_meta` keys that a modern request must carry and this one lacks: HTTP 400 with
 * JSON-RPC `-32602`, where a header that disagrees is `-32020`.
 */
export function missingEnvelopeKeys(message: Message): string[] {
  if (message.kind !== 'request') return [];
  const meta = member(paramsOf(message), '_meta');
  return [PROTOCOL_VERSION_KEY, CLIENT_CAPABILITIES_KEY].filter(
    (key) => member(meta, key) === undefined,
  );
}

type Initialize = Extract<Message, { kind: 'request' }>;

function isInitialize(message: Message): message is Initialize {
  return message.kind === 'request' && message.method === 'initialize';
}

const REVISION = /^\d{4}-\d{2}-\d{2}$/;

function isModernVersion(version: string): boolean {
  return REVISION.test(version) && version >= MODERN;
}

function isLegacyVersion(version: string): boolean {
  return REVISION.test(version) && version < MODERN;
}
