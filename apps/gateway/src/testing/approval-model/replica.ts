import type { INestApplicationContext } from '@nestjs/common';
import { Client } from 'pg';
import { ContinuationDesk } from '../../approvals/continuation-desk.ts';
import { HoldDesk } from '../../approvals/hold-desk.ts';
import { RejudgeDesk } from '../../approvals/rejudge-desk.ts';
import { Ledger } from '../../audit/ledger.ts';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import type { Environment } from '../../env.ts';
import { FreezeStore } from '../../freezes/freeze-store.ts';
import { ApprovalNotifier } from '../../notifications/approval-notifier.ts';
import { ChangeBus } from '../../platform/change-bus.ts';
import { Database } from '../../platform/database.ts';
import { GatewayInstance, INSTANCE_LOCK } from '../../platform/gateway-instance.ts';
import type { Logger } from '../../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../../platform/tokens.ts';
import { PolicyStore } from '../../policies/policy-store.ts';

/** A process as the database knows it: a row, and a lock that Postgres gives back when it dies. */
class Process extends GatewayInstance {
  constructor(
    env: Environment,
    logger: Logger,
    database: Database,
    private readonly row: number,
  ) {
    super(env, logger, database);
  }

  override get id(): number {
    return this.row;
  }
}

/** One replica: the services of a container, run by a process that can die without the container. */
export class Replica {
  /** Rises with every death: what ran before it is lost to it. */
  life = 0;
  #lock: Client | undefined;
  #dying = Promise.resolve();
  #desks: { readonly holds: HoldDesk; readonly continuations: ContinuationDesk } | undefined;

  private constructor(
    readonly context: INestApplicationContext,
    private readonly databaseUrl: string,
  ) {}

  static async start(context: INestApplicationContext, databaseUrl: string): Promise<Replica> {
    const replica = new Replica(context, databaseUrl);
    await replica.#begin();
    return replica;
  }

  get holds(): HoldDesk {
    return this.#started().holds;
  }

  get continuations(): ContinuationDesk {
    return this.#started().continuations;
  }

  /**
   * As `kill -9`: the lock is free at once, the heartbeat is old, and another process takes its place.
   * Of two deaths at the same moment the second is that of the process that took the place.
   */
  crash(): Promise<void> {
    this.#dying = this.#dying.then(() => this.#crash());
    return this.#dying;
  }

  async #crash(): Promise<void> {
    const { rows } = await this.context
      .get(Database)
      .pool.query<{ objid: number }>(
        `select objid from pg_locks where locktype = 'advisory' and classid = $1 and pid = $2`,
        [INSTANCE_LOCK, await this.#pid()],
      );
    await this.stop();
    await this.context
      .get(Database)
      .pool.query(
        `update gateway_instance set seen_at = now() - interval '11 s' where id = any($1)`,
        [rows.map(({ objid }) => objid)],
      );
    this.life += 1;
    await this.#begin();
  }

  async stop(): Promise<void> {
    await this.#lock?.end();
  }

  async #pid(): Promise<number> {
    const result = await this.#lock?.query<{ pid: number }>('select pg_backend_pid() as pid');
    return result?.rows[0]?.pid ?? 0;
  }

  async #begin(): Promise<void> {
    const get = this.context.get.bind(this.context);
    const database = get(Database);
    const { rows } = await database.pool.query<{ id: number }>(
      `insert into gateway_instance (host) values ('model') returning id`,
    );
    const id = rows[0]?.id ?? 0;
    this.#lock = new Client({ connectionString: this.databaseUrl });
    await this.#lock.connect();
    await this.#lock.query('select pg_advisory_lock($1, $2)', [INSTANCE_LOCK, id]);
    const env: Environment = get(ENVIRONMENT);
    const logger: Logger = get(LOGGER);
    const process = new Process(env, logger, database, id);
    const [ledger, bus] = [get(Ledger), get(ChangeBus)];
    const [policies, connections] = [get(PolicyStore), get(ConnectionRegistry)];
    const freezes = get(FreezeStore);
    this.#desks = {
      holds: new HoldDesk(
        env,
        database,
        ledger,
        bus,
        process,
        policies,
        connections,
        freezes,
        get(ApprovalNotifier),
        get(RejudgeDesk),
        logger,
      ),
      continuations: new ContinuationDesk(
        database,
        ledger,
        bus,
        process,
        policies,
        connections,
        freezes,
      ),
    };
  }

  #started() {
    if (this.#desks === undefined) throw new Error('The replica was not started.');
    return this.#desks;
  }
}
