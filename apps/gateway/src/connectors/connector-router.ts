import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ConnectorAddress, ConnectorServer } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { OpenHead } from '@holdpoint/tunnel';
import type { OutgoingAnswer, OutgoingRequest } from '../connections/http-outgoing.ts';
import { wasSent } from '../connections/outgoing-failure.ts';
import { notSent } from './connector-failure.ts';
import { exchange, passedOn } from './connector-exchange.ts';
import type { ConnectorLink } from './connector-link.ts';
import type { LinkRow } from './connector-link.sql.ts';
import { ConnectorLinks } from './connector-links.ts';
import { readSession, sessionFrom } from './connector-session.ts';
import { LinkDirectory } from './link-directory.ts';
import { RelayClient } from './relay-client.ts';

/** A connector of this gateway is taken although one elsewhere is idler by so much. */
const RELAY_COST = 8;
const MAX_TRIES = 4;
/** A connector that changes gateways, or is upgraded, is back within this. */
const PATIENCE_MS = 5000;

type Candidate =
  | { readonly kind: 'own'; readonly id: string; readonly link: ConnectorLink }
  | { readonly kind: 'far'; readonly id: string; readonly row: LinkRow };

type Linked = { readonly id: string; readonly affinity: string };

/**
 * Which connector an exchange goes to: the least loaded of its site, or the one whose process gave the
 * session, as long as it is there. INVARIANT: it goes to another one only while it is certain that nothing of it has left.
 */
@Injectable()
export class ConnectorRouter {
  constructor(
    private readonly links: ConnectorLinks,
    private readonly directory: LinkDirectory,
    private readonly relay: RelayClient,
  ) {}

  /** @throws as `Outgoing.request` */
  async request(address: ConnectorAddress, options: OutgoingRequest): Promise<OutgoingAnswer> {
    const headers = passedOn(options.headers);
    const session = readSession(headers['mcp-session-id']);
    if (session !== undefined) headers['mcp-session-id'] = session.id;
    const head = { server: address.server, method: options.method, headers };
    const tried = new Set<string>();
    for (;;) {
      const candidate = await this.#next(address, session?.affinity, tried, options.signal);
      if (candidate === 'session_gone') return sessionGone();
      try {
        tried.add(candidate.id);
        return await this.#through(candidate, head, options);
      } catch (error) {
        const isLast = tried.size >= MAX_TRIES || options.signal?.aborted === true;
        if (isLast || wasSent(error) || !this.#mayComeElse(address, session?.affinity, tried))
          throw error;
      }
    }
  }

  async #through(
    candidate: Candidate,
    head: OpenHead,
    options: OutgoingRequest,
  ): Promise<OutgoingAnswer> {
    const [affinity, answer] =
      candidate.kind === 'own'
        ? [candidate.link.affinity, await exchange(candidate.link.tunnel, { head, options })]
        : [candidate.row.affinity, await this.relay.request(candidate.row, head, options)];
    const { 'mcp-session-id': given, ...rest } = answer.headers;
    const named = typeof given === 'string' ? sessionFrom(affinity, given) : undefined;
    const headers = named === undefined ? rest : { ...rest, 'mcp-session-id': named };
    return { ...answer, headers };
  }

  /** @throws GatewayError `upstream_unreachable` */
  async #next(
    address: ConnectorAddress,
    affinity: string | undefined,
    tried: ReadonlySet<string>,
    signal: AbortSignal | undefined,
  ): Promise<Candidate | 'session_gone'> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const [best] = this.#candidates(address, affinity, tried);
      if (best !== undefined) return best;
      const leftMs = this.#isWorthWaiting(address, tried) ? end - performance.now() : 0;
      if (leftMs <= 0 || signal?.aborted === true) break;
      await this.#untilChange(leftMs, signal);
    }
    // Others are there, but none of them knows this session: the agent begins a new one.
    if (affinity !== undefined && this.#candidates(address, undefined, tried).length > 0)
      return 'session_gone';
    throw notSent(this.#whyNone(address));
  }

  #candidates(
    { site, server }: ConnectorAddress,
    affinity: string | undefined,
    tried: ReadonlySet<string>,
  ): readonly Candidate[] {
    if (!this.directory.isCurrent) return [];
    // A stdio server's session lives and dies with its process. An HTTP server has its sessions itself:
    // any connector of the site may lead to it, and where it doesn't, the server there says so.
    const knows = (each: Linked, kind: ConnectorServer['kind'] | undefined) =>
      kind !== undefined &&
      !tried.has(each.id) &&
      (affinity === undefined || each.affinity === affinity || kind === 'http');
    const rank = (each: Linked, load: number) => (each.affinity === affinity ? -1 : load);
    const own = this.links
      .all()
      .filter((link) => link.site === site && link.tunnel.takesStreams && !link.isDraining)
      .filter((link) => knows(link, link.kindOf(server)))
      .map((link) => ({
        score: rank(link, link.score),
        is: { kind: 'own', id: link.id, link } as const,
      }));
    const far = this.#farOf(site)
      .filter((row) => row.instanceUrl !== null && !row.isDraining)
      .filter((row) => knows(row, row.kinds.get(server)))
      .map((row) => ({
        score: rank(row, row.load + RELAY_COST),
        is: { kind: 'far', id: row.id, row } as const,
      }));
    return [...own, ...far].sort((a, b) => a.score - b.score).map(({ is }) => is);
  }

  #mayComeElse(
    address: ConnectorAddress,
    affinity: string | undefined,
    tried: ReadonlySet<string>,
  ): boolean {
    const isThere = this.#candidates(address, affinity, tried).length > 0;
    return isThere || this.#isWorthWaiting(address, tried);
  }

  /** Not while connectors are there that refuse, or that lack the server: waiting would bring nothing. */
  #isWorthWaiting({ site }: ConnectorAddress, tried: ReadonlySet<string>): boolean {
    if (!this.directory.isCurrent) return true;
    const own = this.links.all().some((link) => link.site === site && link.tunnel.takesStreams);
    const far = this.#farOf(site).some(({ id, isDraining }) => !isDraining && !tried.has(id));
    return !own && !far && this.directory.wasLinkedLately(site);
  }

  /** Of the links of this gateway it knows more than the database. */
  #farOf(site: string): readonly LinkRow[] {
    return this.directory.ofSite(site).filter((row) => !this.directory.isOwn(row));
  }

  #untilChange(leftMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        for (const stop of stops) stop();
        resolve();
      };
      const timer = setTimeout(done, leftMs);
      signal?.addEventListener('abort', done, { once: true });
      const stops = [this.links.onChange(done), this.directory.onChange(done)];
    });
  }

  #whyNone({ site, server }: ConnectorAddress): string {
    if (!this.directory.isCurrent)
      return 'This gateway can’t ask its database which connectors are revoked, so it uses none. Try again later.';
    const links = this.#farOf(site);
    const own = this.links.all().filter((link) => link.site === site);
    if (links.length + own.length === 0) return `No connector of ${site} is connected.`;
    const isOffered =
      own.some((link) => link.kindOf(server) !== undefined) ||
      links.some(({ kinds }) => kinds.has(server));
    if (!isOffered) return `No connector of ${site} that is connected has a server ${server}.`;
    return own.length === 0 && links.every(({ instanceUrl }) => instanceUrl === null)
      ? `The connectors of ${site} are connected to another gateway, which doesn’t say where it is (HOLDPOINT_INSTANCE_URL).`
      : `No connector of ${site} takes calls right now.`;
  }
}

/** As the server itself would say it of a session that it has forgotten. */
function sessionGone(): OutgoingAnswer {
  const body = Readable.from([]);
  return {
    statusCode: 404,
    headers: {},
    body: Object.assign(body, { bytes: () => buffer(body) }),
  };
}
