import {
  readConnectorAddress,
  type ConnectionTest,
  type Era,
  type Transport,
  type TransportSetting,
} from '@holdpoint/contracts';
import { member, stringMember, type JsonNode } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { VERSION } from '../platform/version.ts';
import type { ToolRecord } from './definition.ts';
import {
  listOthers,
  listTools,
  resultOf,
  type Ask,
  type Listed,
  type OtherKind,
} from './listing.ts';
import { Outgoing } from './outgoing.ts';
import { SseTalk } from './sse-talk.ts';
import {
  failure,
  PostTalk,
  type Exchange,
  type ExchangeFailure,
  type Talk,
  type UpstreamAddress,
} from './upstream-exchange.ts';

const MODERN = '2026-07-28';
const LEGACY = '2025-11-25';
const CLIENT = { name: 'holdpoint', version: VERSION };
/** All of them: an upstream may list more to a client that it can ask, and what any agent may see is to be known. */
const CAPABILITIES = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
const DISCOVER_TIMEOUT_MS = 5000;
const TOTAL_TIMEOUT_MS = 20_000;
/** Lists beside that of tools, all of them; nothing waits for them. */
const OTHERS_TIMEOUT_MS = 8000;

export type Probe =
  | {
      readonly ok: true;
      readonly server: { readonly name: string | null; readonly version: string | null };
      readonly era: Era;
      readonly protocolVersion: string;
      readonly transport: Transport;
      readonly tools: readonly ToolRecord[];
      /** Empty where it wasn't asked for. A kind that the upstream doesn't have is an empty list; one it fails to give is absent. */
      readonly others: ReadonlyMap<OtherKind, Listed>;
      readonly elapsedMs: number;
    }
  | ExchangeFailure;

/** How much is to be found out. */
export type Extent = 'tools' | 'everything';

/** An upstream, and how it is or may be spoken to. */
export interface ProbedUpstream extends UpstreamAddress {
  readonly transport: TransportSetting;
  /** What `auto` found last time, which is tried first. */
  readonly detectedTransport: Transport | null;
}

/** Asks an upstream who it is and what it has, as the gateway itself. Calls nothing. */
@Injectable()
export class UpstreamProbe {
  constructor(private readonly outgoing: Outgoing) {}

  /** With `auto`, what an older server answers to the newer transport leads to the older one. */
  async probe(upstream: ProbedUpstream, extent: Extent = 'tools'): Promise<Probe> {
    const [first, second] = transportsOf(upstream);
    const probe = await this.#probeOver(first, upstream, extent);
    if (probe.ok || second === undefined || isFinal(probe) || probe.failure === 'timeout')
      return probe;
    const other = await this.#probeOver(second, upstream, extent);
    // What refuses both is explained by the transport of today, unless an old server explains itself.
    return other.ok || first === 'sse' || other.failure === 'address_refused' ? other : probe;
  }

  async #probeOver(transport: Transport, address: UpstreamAddress, extent: Extent): Promise<Probe> {
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(TOTAL_TIMEOUT_MS);
    const talk =
      transport === 'sse'
        ? await SseTalk.open(this.outgoing, address, signal)
        : new PostTalk(this.outgoing, address);
    if ('ok' in talk) return talk;
    const conversation = new Conversation(talk, signal);
    try {
      // HTTP+SSE is older than the stateless era.
      const modern = transport === 'sse' ? undefined : await conversation.discover();
      const opened = modern ?? (await conversation.initialize());
      if (!opened.ok) return opened;
      const { server, era, protocolVersion, offers } = opened;
      const listed = offers.has('tools')
        ? await listTools(conversation.asker())
        : { ok: true as const, tools: [] };
      if (!listed.ok) return listed;
      const elapsedMs = Math.round(performance.now() - startedAt);
      const others =
        extent === 'everything'
          ? await conversation.listOthers(offers)
          : new Map<OtherKind, Listed>();
      const { tools } = listed;
      return { ok: true, server, era, protocolVersion, transport, tools, others, elapsedMs };
    } finally {
      await conversation.leave();
    }
  }
}

function transportsOf({
  url,
  transport,
  detectedTransport,
}: ProbedUpstream): readonly [Transport, Transport?] {
  // A connector has no paths, so there is nothing an older server could name as its endpoint.
  if (readConnectorAddress(url) !== undefined) return ['streamable-http'];
  if (transport !== 'auto') return [transport];
  return detectedTransport === 'sse' ? ['sse', 'streamable-http'] : ['streamable-http', 'sse'];
}

/** For the console: what a test found, without schemas. */
export function toConnectionTest(probe: Probe): ConnectionTest {
  if (!probe.ok) return probe;
  const { others: _others, ...found } = probe;
  const tools = probe.tools.map((tool) => ({
    name: tool.name,
    description: tool.description ?? null,
    readOnlyHint: readOnlyHintOf(tool),
  }));
  return { ...found, tools };
}

/** An untrusted hint: it only pre-fills a form. */
export function readOnlyHintOf(tool: ToolRecord): boolean | null {
  const { annotations } = tool;
  if (typeof annotations !== 'object' || annotations === null) return null;
  const hint: unknown = Object.entries(annotations).find(([key]) => key === 'readOnlyHint')?.[1];
  return typeof hint === 'boolean' ? hint : null;
}

interface Opened {
  readonly ok: true;
  readonly server: { readonly name: string | null; readonly version: string | null };
  readonly era: Era;
  readonly protocolVersion: string;
  /** The capabilities it declares. */
  readonly offers: ReadonlySet<string>;
}

/** One run of requests to one upstream, and the headers that belong to it. */
class Conversation {
  #era: Era = 'modern';
  #headers: Readonly<Record<string, string>> = {};
  #nextId = 1;

  constructor(
    private readonly talk: Talk,
    private readonly signal: AbortSignal,
  ) {}

  /** `undefined`: the upstream is not modern. */
  async discover(): Promise<Opened | ExchangeFailure | undefined> {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(DISCOVER_TIMEOUT_MS)]);
    this.#headers = { 'mcp-protocol-version': MODERN };
    const answer = await this.#ask('server/discover', {}, signal);
    if (!answer.ok) return isFinal(answer) ? answer : undefined;
    const result = resultOf(answer.frame);
    const versions = member(result, 'supportedVersions');
    if (versions?.kind !== 'array') return undefined;
    if (!versions.items.some((item) => item.kind === 'string' && item.value === MODERN))
      return undefined;
    const meta = member(result, '_meta');
    const info = member(meta, 'io.modelcontextprotocol/serverInfo') ?? member(result, 'serverInfo');
    return {
      ok: true,
      era: 'modern',
      protocolVersion: MODERN,
      server: serverOf(info),
      offers: keysOf(member(result, 'capabilities')),
    };
  }

  async initialize(): Promise<Opened | ExchangeFailure> {
    this.#era = 'legacy';
    this.#headers = {};
    const answer = await this.#ask('initialize', {
      protocolVersion: LEGACY,
      capabilities: CAPABILITIES,
      clientInfo: CLIENT,
    });
    if (!answer.ok) return answer;
    const result = resultOf(answer.frame);
    const protocolVersion = stringMember(result, 'protocolVersion');
    if (protocolVersion === undefined)
      return failure('not_mcp', 'The address answers, but refuses to begin MCP.');
    const session = answer.headers['mcp-session-id'];
    this.#headers = {
      'mcp-protocol-version': protocolVersion,
      ...(typeof session === 'string' ? { 'mcp-session-id': session } : {}),
    };
    await this.talk.say(
      { id: null, method: 'notifications/initialized' },
      { headers: this.#headers, signal: this.signal },
    );
    return {
      ok: true,
      era: 'legacy',
      protocolVersion,
      server: serverOf(member(result, 'serverInfo')),
      offers: keysOf(member(result, 'capabilities')),
    };
  }

  /** One after the other; what fails or takes too long is absent. */
  async listOthers(offers: ReadonlySet<string>): Promise<ReadonlyMap<OtherKind, Listed>> {
    const ask = this.asker(AbortSignal.timeout(OTHERS_TIMEOUT_MS));
    const lists = new Map<OtherKind, Listed>();
    for (const [kind, capability] of OTHERS) {
      const listed = offers.has(capability) ? await listOthers(ask, kind) : NOTHING;
      if (listed !== undefined) lists.set(kind, listed);
    }
    return lists;
  }

  asker(within?: AbortSignal): Ask {
    const signal = within === undefined ? this.signal : AbortSignal.any([this.signal, within]);
    return (method, params) => this.#ask(method, params, signal);
  }

  /** Ends a legacy session, so that probing leaves nothing behind. */
  leave(): Promise<void> {
    return this.talk.leave(this.#headers);
  }

  #ask(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal = this.signal,
  ): Promise<Exchange> {
    const isModern = this.#era === 'modern';
    const message = {
      id: this.#nextId++,
      method,
      params: isModern ? { ...params, _meta: MODERN_META } : params,
    };
    const headers = isModern ? { ...this.#headers, 'mcp-method': method } : this.#headers;
    return this.talk.say(message, { headers, signal });
  }
}

const OTHERS: readonly (readonly [OtherKind, string])[] = [
  ['prompt', 'prompts'],
  ['resource', 'resources'],
  ['template', 'resources'],
];
const NOTHING: Listed = { items: [], isCut: false };

const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
};

/** A legacy server may refuse, misread or sit on `server/discover`; these failures are no such thing. */
function isFinal({ failure: kind }: ExchangeFailure): boolean {
  return kind !== 'http_status' && kind !== 'not_mcp' && kind !== 'timeout';
}

function serverOf(info: JsonNode | undefined) {
  return {
    name: stringMember(info, 'name') ?? null,
    version: stringMember(info, 'version') ?? null,
  };
}

function keysOf(node: JsonNode | undefined): ReadonlySet<string> {
  return new Set(node?.kind === 'object' ? node.members.map(({ key }) => key) : []);
}
