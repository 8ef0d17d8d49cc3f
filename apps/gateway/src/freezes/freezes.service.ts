import type {
  Freeze,
  FreezeList,
  FreezeScope,
  LiftFreeze,
  NewFreeze,
  RecentCallers,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ConnectionsService } from '../connections/connections.service.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import { FreezeNotifier } from '../notifications/freeze-notifier.ts';
import { FreezeStore } from './freeze-store.ts';
import {
  callerName,
  freezesInForce,
  insertFreeze,
  lastLifted,
  liftFreeze,
  lockFreezes,
  recentCallers,
} from './freeze.sql.ts';

const LIFTED_SHOWN = 20;
const CALLERS_SHOWN = 200;

/** What is frozen, without its reason. */
interface Frozen {
  readonly scope: FreezeScope;
  readonly key: string;
}

/** The switch: one connection, one caller, or everything. Each change and its audit entry are one transaction. */
@Injectable()
export class FreezesService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly store: FreezeStore,
    private readonly registry: ConnectionRegistry,
    private readonly connections: ConnectionsService,
    private readonly notifier: FreezeNotifier,
  ) {}

  async list(): Promise<FreezeList> {
    const { pool } = this.database;
    const [stored, lifted] = await Promise.all([
      freezesInForce(pool),
      lastLifted(pool, LIFTED_SHOWN),
      this.registry.refresh(),
    ]);
    const shown = stored.map((freeze) => ({ ...freeze, at: freeze.at.toISOString() }));
    const connections = this.registry.all().flatMap(({ id, title, frozen }): Freeze[] => {
      if (!frozen) return [];
      return [{ ...frozen, scope: 'connection', key: id, title, at: frozen.at.toISOString() }];
    });
    return {
      items: [
        ...shown.filter(({ scope }) => scope === 'installation'),
        ...connections,
        ...shown.filter(({ scope }) => scope === 'caller'),
      ],
      lifted: lifted.map((row) => ({
        scope: row.scope,
        key: row.key,
        title: row.title,
        reason: row.reason,
        by: row.by_name,
        at: row.at.toISOString(),
        liftedBy: row.lifted_by_name,
        liftedAt: row.lifted_at.toISOString(),
        liftedReason: row.lifted_reason,
      })),
    };
  }

  async callers(): Promise<RecentCallers> {
    const rows = await recentCallers(this.database.pool, CALLERS_SHOWN);
    return {
      items: rows.map(({ last_seen_at: at, ...caller }) => ({
        ...caller,
        lastSeenAt: at.toISOString(),
      })),
    };
  }

  /**
   * On what is frozen already it changes nothing. A reviewer may stop a caller or a connection, since
   * whoever is woken at night must be able to; everything is for admins.
   */
  async freeze({ scope, key, reason }: NewFreeze, person: SignedInPerson): Promise<FreezeList> {
    if (scope === 'installation' && !person.roles.includes('admin'))
      throw new GatewayError(
        'forbidden',
        'Only an admin can freeze everything. As a reviewer you can freeze a caller or a connection.',
      );
    if (scope === 'connection') await this.connections.freeze(key, reason, person);
    else {
      await this.#change({ scope, key: keyOf(scope, key) }, async (client, frozen) => {
        const title = scope === 'caller' ? await knownCaller(client, key) : '';
        const freeze = { id: newId(), scope, key: frozen.key, title, reason };
        if (!(await insertFreeze(client, freeze, person))) return undefined;
        const told = { scope, slug: null, title, reason, person: person.name };
        await this.notifier.queueIn(client, 'freeze.set', frozen.key, told);
        return { ...entryOf(frozen, 'frozen', person), data: { reason, person: person.name } };
      });
    }
    return this.list();
  }

  /** On what is not frozen it changes nothing. */
  async lift({ scope, key, reason }: LiftFreeze, person: SignedInPerson): Promise<FreezeList> {
    if (scope === 'connection') await this.connections.unfreeze(key, reason, person);
    else {
      await this.#change({ scope, key: keyOf(scope, key) }, async (client, frozen) => {
        if (!(await liftFreeze(client, { scope, key: frozen.key }, reason ?? null, person)))
          return undefined;
        const title =
          scope === 'caller' ? ((await callerName(client, frozen.key)) ?? frozen.key) : '';
        const told = { scope, slug: null, title, reason: reason ?? '', person: person.name };
        await this.notifier.queueIn(client, 'freeze.lifted', frozen.key, told);
        const data = { reason: reason ?? '', person: person.name };
        return { ...entryOf(frozen, 'unfrozen', person), data };
      });
    }
    return this.list();
  }

  /** Here the change is in force when it returns; elsewhere as soon as the hint or the poll arrives. */
  async #change(
    frozen: Frozen,
    work: (client: Queryable, frozen: Frozen) => Promise<EntryDraft | undefined>,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      await lockFreezes(client);
      const entry = await work(client, frozen);
      if (entry === undefined) return;
      await this.ledger.appendIn(client, entry);
      await this.bus.announce('freezes', null, client);
    });
    await this.store.refresh();
  }
}

function keyOf(scope: FreezeScope, key: string): string {
  if (scope !== 'caller') return '';
  if (key !== '') return key;
  throw new GatewayError('invalid_input', 'Say which caller is to be frozen.', {
    fields: { key: 'Choose a caller.' },
  });
}

/** A mistyped key would freeze nobody, and whoever typed it would believe otherwise. */
async function knownCaller(client: Queryable, key: string): Promise<string> {
  const name = await callerName(client, key);
  if (name !== undefined) return name;
  throw new GatewayError('invalid_input', 'No caller with this key has called here.', {
    fields: { key: 'No caller with this key has called here.' },
  });
}

function entryOf({ scope, key }: Frozen, what: string, person: SignedInPerson): EntryDraft {
  return scope === 'caller'
    ? { kind: `caller.${what}`, who: person.key, target: key }
    : { kind: `everything.${what}`, who: person.key };
}
