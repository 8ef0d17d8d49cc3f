import type { ApprovalWatch, Watcher, WatchInput } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ChangeBus } from '../../platform/change-bus.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { approvalEntry } from '../approval-entry.ts';
import type { ApprovalRecord } from '../approval.ts';
import { findApproval, lockApproval } from '../approval.sql.ts';
import { ChainTimes } from '../chain-time.ts';
import { Delegators } from '../delegation/delegators.ts';
import { mayOpen } from '../may-open.ts';
import { answersForIt } from '../talk.ts';
import { notFound } from '../verdicts.service.ts';
import {
  claim,
  endLapsed,
  leave,
  letGo,
  open,
  renew,
  watchRows,
  type WatchRow,
} from './watch.sql.ts';

export const NOBODY: ApprovalWatch = { claim: null, open: [] };

/**
 * Who has a held approval before them, so that two people don't work on the same one unknowingly.
 * INVARIANT: it is said, never enforced. No verdict asks who watches.
 */
@Injectable()
export class Watches {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly chainTimes: ChainTimes,
    private readonly delegators: Delegators,
  ) {}

  /** The page is open; with `claim` its person says that they are looking at it, or no longer are. */
  async watch(
    approvalId: string,
    input: WatchInput,
    person: SignedInPerson,
  ): Promise<ApprovalWatch> {
    const watching = { approvalId, person };
    const approval = await findApproval(this.database.pool, approvalId);
    await this.#check(this.database.pool, approval, person);
    // A renewal changes nothing that others see, so it is no more than one statement.
    const renewed = await renew(this.database.pool, watching);
    const said = input.claim !== undefined || input.takeFrom !== undefined;
    if (!renewed || said) {
      await this.#change(approvalId, person, async (client, held) => {
        if (!renewed) await open(client, watching);
        if (input.claim === false) await this.#letGo(client, held, person);
        else if (said) await this.#claim(client, held, person, input.takeFrom ?? null);
      });
    }
    return this.#now(approvalId, person);
  }

  /** The page was left. One that can't say so is forgotten when its lease is over. */
  async leave(approvalId: string, person: SignedInPerson): Promise<ApprovalWatch> {
    await this.database.transaction(async (client) => {
      const approval = await lockApproval(client, approvalId);
      if (!approval) throw notFound();
      const left = await leave(client, { approvalId, person });
      if (left === undefined || approval.state !== 'held') return;
      if (left.hadClaim) await this.#record(client, approval, person, 'approval.let_go');
      await this.bus.announce('approvals', approvalId, client);
    });
    return this.#now(approvalId, person);
  }

  /** Under the approval's lock: a verdict comes before it or after it. */
  async #change(
    approvalId: string,
    person: SignedInPerson,
    make: (client: Queryable, approval: ApprovalRecord) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      const approval = await lockApproval(client, approvalId);
      await this.#check(client, approval, person);
      if (approval === undefined) throw notFound();
      await make(client, approval);
      await this.bus.announce('approvals', approvalId, client);
    });
  }

  async #check(
    on: Queryable,
    approval: ApprovalRecord | undefined,
    person: SignedInPerson,
  ): Promise<void> {
    if (approval === undefined) throw notFound();
    const delegations = await this.delegators.of(on, person.key);
    const opens = mayOpen(approval, person, this.chainTimes.onCall(), delegations);
    if (mayWatch(approval, person, opens)) return;
    if (opens && approval.state !== 'held') throw settledBefore();
    throw new GatewayError(
      'not_a_reviewer',
      'Only the reviewers of this approval say that they are looking at it.',
    );
  }

  async #claim(
    client: Queryable,
    approval: ApprovalRecord,
    person: SignedInPerson,
    takeFrom: string | null,
  ): Promise<void> {
    await endLapsed(client, approval.id);
    const claimed = await claim(client, { approvalId: approval.id, person }, takeFrom);
    if (claimed === undefined) {
      const rows = await watchRows(client, [approval.id]);
      const holder = rows.find(({ kind }) => kind === 'claimed');
      if (holder?.person_key === person.key) return;
      throw new GatewayError(
        'looked_at',
        `${holder?.person_name ?? 'Somebody else'} is looking at this already. You can take it over from them; your verdict needs neither.`,
      );
    }
    const { takenFrom } = claimed;
    if (takenFrom === null) await this.#record(client, approval, person, 'approval.looked_at');
    else await this.#record(client, approval, person, 'approval.taken_over', { takenFrom });
  }

  async #letGo(client: Queryable, approval: ApprovalRecord, person: SignedInPerson): Promise<void> {
    if (!(await letGo(client, { approvalId: approval.id, person }))) return;
    await this.#record(client, approval, person, 'approval.let_go');
  }

  async #record(
    client: Queryable,
    approval: ApprovalRecord,
    person: SignedInPerson,
    kind: string,
    data: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const connection = this.connections.byId(approval.connectionId);
    const entry = approvalEntry(approval, connection, kind, { ...data, person: person.name });
    await this.ledger.appendIn(client, { ...entry, who: person.key });
  }

  async #now(approvalId: string, person: SignedInPerson): Promise<ApprovalWatch> {
    const all = await watchesOf(this.database.pool, [approvalId], person.key);
    return all.get(approvalId) ?? NOBODY;
  }
}

/** A reviewer of what is held. Whoever's call it is has no part in saying who looks at it. */
export function mayWatch(record: ApprovalRecord, person: SignedInPerson, opens: boolean): boolean {
  return (
    opens &&
    record.state === 'held' &&
    person.roles.includes('reviewer') &&
    !answersForIt(record, person, null)
  );
}

/** Without those whom nobody watches. */
export async function watchesOf(
  on: Queryable,
  approvalIds: readonly string[],
  personKey: string,
): Promise<ReadonlyMap<string, ApprovalWatch>> {
  const byApproval = new Map<string, ApprovalWatch>();
  const toWatcher = (row: WatchRow): Watcher => ({
    person: { key: row.person_key, name: row.person_name },
    since: row.since.toISOString(),
    isYou: row.person_key === personKey,
  });
  for (const row of await watchRows(on, approvalIds)) {
    const before = byApproval.get(row.approval_id) ?? NOBODY;
    const { taken_from_key: key, taken_from_name: name } = row;
    const takenFrom = name === null ? null : { name, isYou: key === personKey };
    byApproval.set(
      row.approval_id,
      row.kind === 'claimed'
        ? { ...before, claim: { ...toWatcher(row), takenFrom } }
        : { ...before, open: [...before.open, toWatcher(row)] },
    );
  }
  return byApproval;
}

function settledBefore(): GatewayError {
  return new GatewayError('settled', 'This call was settled before: there is nothing to look at.');
}
