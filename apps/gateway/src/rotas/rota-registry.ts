import {
  onCallAt,
  shiftAt,
  type OnCallNow,
  type OnCallShift,
  type Rota,
} from '@holdpoint/approval';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { Follower } from '../platform/follower.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { listRotas, type RotaRow } from './rota.sql.ts';

const POLL_MS = 5000;

/** Every rota, in memory, for what is judged and shown. Follows the database by hints and a poll. */
@Injectable()
export class RotaRegistry implements OnModuleInit, OnModuleDestroy {
  #rotas: ReadonlyMap<string, RotaRow> = new Map();
  #isLoaded = false;
  #unsubscribe = () => {};
  readonly #follower = new Follower({
    pollMs: POLL_MS,
    isCurrent: () => Promise.resolve(false),
    load: async () => {
      const rows = await listRotas(this.database.pool);
      this.#rotas = new Map(rows.map((row) => [row.name, row]));
      this.#isLoaded = true;
    },
    onFailure: (error) =>
      this.logger.warn(
        { error: String(error) },
        'the rotas could not be read; the last known stay',
      ),
  });

  constructor(
    private readonly database: Database,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribe = this.bus.subscribe(({ topic }) => {
      if (topic === 'connections') void this.#follower.hint();
    });
    await this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  /** The people of each rota; `undefined` as long as they were never read, when nothing is known. */
  people(): ReadonlyMap<string, readonly string[]> | undefined {
    return this.#isLoaded ? peopleOf([...this.#rotas.values()]) : undefined;
  }

  /** Who is on call at an instant, for what is shown. A verdict asks the database: {@link onCallIn}. */
  onCall(at: Date): OnCallNow {
    return (name) => this.shift(name, at)?.person;
  }

  /** Whose turn it is at an instant by a rota; `undefined` where it has nobody, or there is no such rota. */
  shift(name: string, at: Date): OnCallShift | undefined {
    const row = this.#rotas.get(name);
    return row && shiftAt(toRota(row), at);
  }
}

/** Whoever could be on call by each rota. */
export function peopleOf(rows: readonly RotaRow[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    rows.map(({ name, people, overrides }) => [
      name,
      // Somebody who takes over at some time doesn't make a rota that can be relied on.
      people.length > 0 ? [...people, ...overrides.map(({ person }) => person)] : [],
    ]),
  );
}

/** Who is on call now, by what this transaction sees and the database's clock. */
export async function onCallIn(client: Queryable, at: Date): Promise<OnCallNow> {
  const rows = await listRotas(client);
  return (name) => {
    const row = rows.find((one) => one.name === name);
    return row && onCallAt(toRota(row), at);
  };
}

export function toRota(row: Omit<RotaRow, 'updatedAt' | 'version'>): Rota {
  const { timeZone, people, shift, startsOn, handOver } = row;
  const overrides = row.overrides.map(({ person, from, to }) => ({
    person,
    from: new Date(from),
    to: new Date(to),
  }));
  return { timeZone, people, shift, startsOn, handOver, overrides };
}
