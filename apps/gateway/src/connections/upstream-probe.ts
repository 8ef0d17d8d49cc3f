import { createHash } from 'node:crypto';
import type { ConnectionTest, Era, Transport, TransportSetting } from '@holdpoint/contracts';
import {
  canonicalJson,
  member,
  stringMember,
  toValue,
  type Frame,
  type JsonNode,
  type JsonValue,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
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
const CLIENT = { name: 'holdpoint', version: '0.1.0' };
/** All of them: an upstream may list more to a client that it can ask, and what any agent may see is to be known. */
const CAPABILITIES = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
const DISCOVER_TIMEOUT_MS = 5000;
const TOTAL_TIMEOUT_MS = 20_000;
const MAX_PAGES = 50;
const MAX_TOOLS = 5000;
/** What a reviewer's trust in a tool rests on; a change of anything else doesn't void it. */
const PINNED = new Set([
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
]);

/** A tool as its upstream defines it. All of it is the upstream's word: hostile until shown otherwise. */
export interface ToolRecord {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly inputSchema: JsonValue | undefined;
  readonly outputSchema: JsonValue | undefined;
  readonly annotations: JsonValue | undefined;
  /** The exact JSON text of the definition. */
  readonly definitionText: string;
  /** SHA-256, hexadecimal, over the canonical form of the pinned members. */
  readonly digest: string;
}

export type Probe =
  | {
      readonly ok: true;
      readonly server: { readonly name: string | null; readonly version: string | null };
      readonly era: Era;
      readonly protocolVersion: string;
      readonly transport: Transport;
      readonly tools: readonly ToolRecord[];
      readonly elapsedMs: number;
    }
  | ExchangeFailure;

/** An upstream, and how it is or may be spoken to. */
export interface ProbedUpstream extends UpstreamAddress {
  readonly transport: TransportSetting;
  /** What `auto` found last time, which is tried first. */
  readonly detectedTransport: Transport | null;
}

/** Asks an upstream who it is and which tools it has, as the gateway itself. Calls nothing. */
@Injectable()
export class UpstreamProbe {
  constructor(private readonly outgoing: Outgoing) {}

  /** With `auto`, what an older server answers to the newer transport leads to the older one. */
  async probe(upstream: ProbedUpstream): Promise<Probe> {
    const [first, second] = transportsOf(upstream);
    const probe = await this.#probeOver(first, upstream);
    if (probe.ok || second === undefined || isFinal(probe) || probe.failure === 'timeout')
      return probe;
    const other = await this.#probeOver(second, upstream);
    // What refuses both is explained by the transport of today, unless an old server explains itself.
    return other.ok || first === 'sse' || other.failure === 'address_refused' ? other : probe;
  }

  async #probeOver(transport: Transport, address: UpstreamAddress): Promise<Probe> {
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
      const listed = await conversation.listTools(opened.hasTools);
      if (!listed.ok) return listed;
      const { server, era, protocolVersion } = opened;
      const elapsedMs = Math.round(performance.now() - startedAt);
      return { ok: true, server, era, protocolVersion, transport, tools: listed.tools, elapsedMs };
    } finally {
      await conversation.leave();
    }
  }
}

function transportsOf({
  transport,
  detectedTransport,
}: ProbedUpstream): readonly [Transport, Transport?] {
  if (transport !== 'auto') return [transport];
  return detectedTransport === 'sse' ? ['sse', 'streamable-http'] : ['streamable-http', 'sse'];
}

/** For the console: what a test found, without schemas. */
export function toConnectionTest(probe: Probe): ConnectionTest {
  if (!probe.ok) return probe;
  const tools = probe.tools.map((tool) => ({
    name: tool.name,
    description: tool.description ?? null,
    readOnlyHint: readOnlyHintOf(tool),
  }));
  return { ...probe, tools };
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
  readonly hasTools: boolean;
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
      hasTools: member(member(result, 'capabilities'), 'tools') !== undefined,
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
      hasTools: member(member(result, 'capabilities'), 'tools') !== undefined,
    };
  }

  async listTools(
    hasTools: boolean,
  ): Promise<{ readonly ok: true; readonly tools: readonly ToolRecord[] } | ExchangeFailure> {
    const tools = new Map<string, ToolRecord>();
    let cursor: string | undefined;
    for (let page = 0; hasTools && page < MAX_PAGES; page += 1) {
      const answer = await this.#ask('tools/list', cursor === undefined ? {} : { cursor });
      if (!answer.ok) return answer;
      const result = resultOf(answer.frame);
      const items = member(result, 'tools');
      if (answer.frame === null || items?.kind !== 'array') {
        return failure('not_mcp', 'The upstream speaks MCP, but does not list its tools.');
      }
      for (const item of items.items) {
        const tool = readTool(answer.frame.text, item);
        // The first of two tools with one name wins, here as on the data path.
        if (tool !== undefined && !tools.has(tool.name)) tools.set(tool.name, tool);
      }
      cursor = stringMember(result, 'nextCursor');
      if (cursor === undefined) break;
      if (tools.size > MAX_TOOLS || page === MAX_PAGES - 1) {
        return failure('not_mcp', 'The upstream lists more tools than can be kept.');
      }
    }
    return { ok: true, tools: [...tools.values()] };
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

const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
};

/** A legacy server may refuse, misread or sit on `server/discover`; these failures are no such thing. */
function isFinal({ failure: kind }: ExchangeFailure): boolean {
  return kind !== 'http_status' && kind !== 'not_mcp' && kind !== 'timeout';
}

function resultOf(frame: Frame | null): JsonNode | undefined {
  return frame?.message.kind === 'result' ? frame.message.result : undefined;
}

function serverOf(info: JsonNode | undefined) {
  return {
    name: stringMember(info, 'name') ?? null,
    version: stringMember(info, 'version') ?? null,
  };
}

/** @param text the frame that `node` was parsed from; attacker-controlled */
export function readTool(text: string, node: JsonNode): ToolRecord | undefined {
  const name = stringMember(node, 'name');
  // A name that Postgres can't hold is not listed, so a call to it is quarantined.
  if (!name?.isWellFormed() || name === '' || name.includes('\0')) return undefined;
  const value = (key: string) => {
    const found = member(node, key);
    return found && toValue(found);
  };
  const canonical = canonicalJson(node, {
    omit: (path) => path.length === 1 && !PINNED.has(String(path[0])),
  });
  return {
    name,
    title: stringMember(node, 'title'),
    description: stringMember(node, 'description'),
    inputSchema: value('inputSchema'),
    outputSchema: value('outputSchema'),
    annotations: value('annotations'),
    definitionText: text.slice(node.start, node.end),
    digest: createHash('sha256').update(canonical).digest('hex'),
  };
}
