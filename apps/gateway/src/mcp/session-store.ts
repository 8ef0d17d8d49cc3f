import { createHash, randomBytes } from 'node:crypto';
import { callerSchema, storedClientSchema, type Caller } from '@holdpoint/contracts';
import type { Era } from '@holdpoint/mcp';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import { Ledger } from '../audit/ledger.ts';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';

/** A caller's calls on one connection. */
export interface McpSession {
  readonly id: string;
  readonly connectionId: string;
  readonly callerKey: string;
  readonly client: { readonly name: string | null; readonly version: string | null };
  readonly era: Era;
  /** The upstream's own session id; `null` where it keeps none. */
  readonly upstreamSessionId: string | null;
  /** Whether the client holds a handle of ours. */
  readonly hasHandle: boolean;
}

export interface SessionOpening {
  readonly connection: ConnectionRecord;
  readonly caller: Caller;
  readonly client: { readonly name: string | null; readonly version: string | null };
  readonly era: Era;
  readonly protocolVersion: string | null;
}

const RUN_GAP_MS = 30 * 60_000;
const CACHE_SIZE = 20_000;
const TOUCH_MS = 15_000;
/** A session that ended on another replica is noticed within this. */
const CACHED_MS = 30_000;
/** What a client calls itself is a label: bounded, so that a hostile one fills neither memory nor rows. */
const MAX_LABEL_LENGTH = 200;

/** Sessions with a handle, and for stateless clients the run of calls without a long gap. */
@Injectable()
export class SessionStore implements OnModuleInit, OnModuleDestroy {
  readonly #byHandle = new Map<string, { session: McpSession; at: number }>();
  readonly #runs = new Map<string, { session: McpSession; at: number }>();
  readonly #opening = new Map<string, Promise<McpSession>>();
  readonly #touched = new Set<string>();
  /** How many streams are open in a session here. */
  readonly #kept = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly envelope: Envelope,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => void this.#flushTouched(), TOUCH_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushTouched();
  }

  async open(asked: SessionOpening): Promise<McpSession> {
    const opening = { ...asked, client: labelled(asked.client) };
    const session: McpSession = {
      id: newId(),
      connectionId: opening.connection.id,
      callerKey: opening.caller.key,
      client: opening.client,
      era: opening.era,
      upstreamSessionId: null,
      hasHandle: false,
    };
    await this.database.transaction(async (client) => {
      await client.query(
        `insert into session (id, connection_id, caller_key, caller, client, era, protocol_version) values ($1,$2,$3,$4,$5,$6,$7)`,
        [
          session.id,
          session.connectionId,
          session.callerKey,
          JSON.stringify(opening.caller),
          JSON.stringify(opening.client),
          opening.era,
          label(opening.protocolVersion),
        ],
      );
      await this.ledger.appendIn(client, {
        kind: 'session.started',
        connection: { id: opening.connection.id, slug: opening.connection.slug },
        sessionId: session.id,
        who: opening.caller.key,
        data: {
          era: opening.era,
          client: opening.client.name ?? '',
          caller: opening.caller.displayName,
        },
      });
    });
    await this.bus.announce('sessions', session.id).catch(() => undefined);
    return session;
  }

  /** The run that a stateless call belongs to. */
  async run(asked: SessionOpening): Promise<McpSession> {
    const opening = { ...asked, client: labelled(asked.client) };
    const { caller, connection, client, era } = opening;
    const key = JSON.stringify([caller.key, connection.id, client.name, client.version, era]);
    const known = this.#runs.get(key);
    if (known && Date.now() - known.at < RUN_GAP_MS) {
      known.at = Date.now();
      this.#touched.add(known.session.id);
      return known.session;
    }
    const underway = this.#opening.get(key);
    if (underway) return underway;
    const opened = this.#findRun(opening).then(
      async (found) => found ?? (await this.open(opening)),
    );
    this.#opening.set(key, opened);
    try {
      const session = await opened;
      remember(this.#runs, key, { session, at: Date.now() });
      return session;
    } finally {
      this.#opening.delete(key);
    }
  }

  async #findRun(opening: SessionOpening): Promise<McpSession | undefined> {
    const { rows } = await this.database.pool.query<Row>(
      `${SELECT} where caller_key = $1 and connection_id = $2 and era = $3 and client = $4::jsonb and handle_hash is null
         and ended_at is null and last_seen_at > now() - $5 * interval '1 millisecond' order by last_seen_at desc limit 1`,
      [
        opening.caller.key,
        opening.connection.id,
        opening.era,
        JSON.stringify(opening.client),
        RUN_GAP_MS,
      ],
    );
    return rows[0] && this.#toSession(rows[0]);
  }

  /** The upstream opened a session of its own, or the client's stream is one: the client gets a handle of ours for it. */
  async giveHandle(session: McpSession, upstreamSessionId: string | null): Promise<string> {
    const handle = randomBytes(32).toString('base64url');
    await this.database.pool.query(
      'update session set handle_hash = $2, upstream_session_sealed = $3 where id = $1',
      [
        session.id,
        hashOf(handle),
        upstreamSessionId === null
          ? null
          : this.envelope.sealText(upstreamSessionId, contextOf(session.id)),
      ],
    );
    remember(this.#byHandle, hashOf(handle), {
      session: { ...session, upstreamSessionId, hasHandle: true },
      at: Date.now(),
    });
    return handle;
  }

  /** INVARIANT: a handle resolves for the caller that got it, on the connection it was given for, and for no one else. */
  async byHandle(
    handle: string,
    callerKey: string,
    connectionId: string,
  ): Promise<McpSession | undefined> {
    const hash = hashOf(handle);
    const cached = this.#byHandle.get(hash);
    const isFresh = cached !== undefined && Date.now() - cached.at < CACHED_MS;
    const session = isFresh ? cached.session : await this.#load(hash);
    if (!session) this.#byHandle.delete(hash);
    if (!session || session.callerKey !== callerKey || session.connectionId !== connectionId)
      return undefined;
    if (!isFresh) remember(this.#byHandle, hash, { session, at: Date.now() });
    this.#touched.add(session.id);
    return session;
  }

  async #load(hash: string): Promise<McpSession | undefined> {
    const { rows } = await this.database.pool.query<Row>(
      `${SELECT} where handle_hash = $1 and ended_at is null`,
      [hash],
    );
    return rows[0] && this.#toSession(rows[0]);
  }

  async end(session: McpSession, connection: ConnectionRecord): Promise<void> {
    this.forget(new Set([session.id]));
    await this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        'update session set ended_at = now(), upstream_session_sealed = null where id = $1 and ended_at is null',
        [session.id],
      );
      if (rowCount !== 1) return;
      await this.ledger.appendIn(client, {
        kind: 'session.ended',
        connection: { id: connection.id, slug: connection.slug },
        sessionId: session.id,
        who: session.callerKey,
      });
    });
  }

  /** A session with an open stream is in use, though its client says nothing. */
  keep({ id }: McpSession): () => void {
    this.#kept.set(id, (this.#kept.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#kept.get(id) ?? 1) - 1;
      if (left > 0) this.#kept.set(id, left);
      else this.#kept.delete(id);
      this.#touched.add(id);
    };
  }

  async touchKept(): Promise<void> {
    for (const id of this.#kept.keys()) this.#touched.add(id);
    await this.#flushTouched();
  }

  /** They ended: nothing resolves to them any more, here at once. */
  forget(ids: ReadonlySet<string>): void {
    for (const map of [this.#byHandle, this.#runs])
      for (const [key, { session }] of map) if (ids.has(session.id)) map.delete(key);
  }

  /** Ended sessions whose upstream was not told yet. Each is given out once. */
  async takeEndedUpstream(limit: number): Promise<readonly McpSession[]> {
    const { rows } = await this.database.pool.query<Row>(
      `with ended as (
         select id, upstream_session_sealed from session
          where ended_at is not null and upstream_session_sealed is not null
          limit $1 for update skip locked
       )
       update session s set upstream_session_sealed = null from ended where s.id = ended.id
       returning s.id, connection_id, caller, client, era, handle_hash, ended.upstream_session_sealed`,
      [limit],
    );
    return rows.map((row) => this.#toSession(row));
  }

  #toSession(row: Row): McpSession {
    return {
      id: row.id,
      connectionId: row.connection_id,
      callerKey: callerSchema.parse(row.caller).key,
      client: storedClientSchema.parse(row.client),
      era: row.era === 'modern' ? 'modern' : 'legacy',
      upstreamSessionId:
        row.upstream_session_sealed &&
        this.envelope.openText(row.upstream_session_sealed, contextOf(row.id)),
      hasHandle: row.handle_hash !== null,
    };
  }

  async #flushTouched(): Promise<void> {
    const ids = [...this.#touched];
    this.#touched.clear();
    if (ids.length === 0) return;
    await this.database.pool
      .query('update session set last_seen_at = now() where id = any($1::uuid[])', [ids])
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'sessions could not be marked as seen'),
      );
  }
}

interface Row {
  id: string;
  connection_id: string;
  caller: unknown;
  client: unknown;
  era: string;
  handle_hash: string | null;
  upstream_session_sealed: Buffer | null;
}

const SELECT = `select id, connection_id, caller, client, era, handle_hash, upstream_session_sealed from session`;

const hashOf = (handle: string) => createHash('sha256').update(handle).digest('base64url');
const contextOf = (sessionId: string) => `session:${sessionId}`;

function labelled({ name, version }: SessionOpening['client']): SessionOpening['client'] {
  return { name: label(name), version: label(version) };
}

/** Attacker-controlled: cut, and without what Postgres can't hold. */
function label(text: string | null): string | null {
  return text?.slice(0, MAX_LABEL_LENGTH).toWellFormed().replaceAll('\0', '\ufffd') ?? null;
}

/** A bounded map: the one used longest ago goes first. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > CACHE_SIZE ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
