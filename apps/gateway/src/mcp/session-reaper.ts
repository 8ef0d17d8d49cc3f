import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { Database, type Queryable } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { SessionStore } from './session-store.ts';
import { Upstream } from './upstream.ts';

const MAX_PAUSE_MS = 5 * 60_000;
const BATCH = 100;

/**
 * Ends sessions that nobody uses any more, and those that one caller has beyond its number, the one
 * used longest ago first. Clients hardly ever say that they are done, so without it rows and the
 * upstreams' sessions would only grow. Every replica does it; SKIP LOCKED shares the work.
 */
@Injectable()
export class SessionReaper implements OnModuleInit, OnModuleDestroy {
  readonly #idleMs: number;
  readonly #maxPerCaller: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    @Inject(ENVIRONMENT) env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly sessions: SessionStore,
    private readonly connections: ConnectionRegistry,
    private readonly upstream: Upstream,
  ) {
    this.#idleMs = env.HOLDPOINT_SESSION_IDLE_MS;
    this.#maxPerCaller = env.HOLDPOINT_MAX_SESSIONS_PER_CALLER;
  }

  onModuleInit(): void {
    // Well below the bound, so that a session with an open stream is always seen in time.
    const pause = Math.min(MAX_PAUSE_MS, this.#idleMs / 4);
    this.#timer = setInterval(() => {
      this.#running ??= this.reap()
        .catch((error: unknown) =>
          this.logger.warn({ error: String(error) }, 'idle sessions could not be ended'),
        )
        .finally(() => (this.#running = undefined));
    }, pause).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async reap(): Promise<void> {
    await this.sessions.touchKept();
    while ((await this.#endBatch()) === BATCH);
    await this.#closeUpstream();
  }

  async #endBatch(): Promise<number> {
    const ended = await this.database.transaction(async (client) => {
      const rows = await endUnused(client, this.#idleMs, this.#maxPerCaller);
      for (const row of rows) {
        const connection = this.connections.byId(row.connection_id);
        await this.ledger.appendIn(client, {
          kind: 'session.ended',
          connection: connection && { id: connection.id, slug: connection.slug },
          sessionId: row.id,
          who: row.caller_key,
          data: { reason: row.is_idle ? 'idle' : 'too many sessions of this caller' },
        });
      }
      return rows;
    });
    this.sessions.forget(new Set(ended.map(({ id }) => id)));
    return ended.length;
  }

  /** Said once: an upstream that doesn't hear it ends its session in its own time. */
  async #closeUpstream(): Promise<void> {
    for (const session of await this.sessions.takeEndedUpstream(BATCH)) {
      const connection = this.connections.byId(session.connectionId);
      if (!connection) continue;
      await this.upstream
        .endSession({ connection, session, protocolVersion: null })
        .catch((error: unknown) =>
          this.logger.debug({ error: String(error) }, 'an upstream’s session was not ended'),
        );
    }
  }
}

interface EndedRow {
  readonly id: string;
  readonly connection_id: string;
  readonly caller_key: string;
  readonly is_idle: boolean;
}

/** INVARIANT: a session that a held call still belongs to stays. */
async function endUnused(
  on: Queryable,
  idleMs: number,
  maxPerCaller: number,
): Promise<readonly EndedRow[]> {
  const { rows } = await on.query<EndedRow>(
    `with ranked as (
       select id, last_seen_at < now() - $1 * interval '1 millisecond' as is_idle,
              row_number() over (partition by caller_key order by last_seen_at desc) as place
         from session where ended_at is null
     ), unused as (
       select s.id, ranked.is_idle from session s join ranked on ranked.id = s.id
        where s.ended_at is null and (ranked.is_idle or ranked.place > $2)
          and not exists (select 1 from approval a
                where a.session_id = s.id and a.state in ('held', 'approved', 'claimed'))
        limit ${BATCH} for update of s skip locked
     )
     update session s set ended_at = now() from unused where s.id = unused.id
     returning s.id, s.connection_id, s.caller_key, unused.is_idle`,
    [idleMs, maxPerCaller],
  );
  return rows;
}
