import {
  DELEGATION_DAYS,
  type Delegation,
  type DelegationInput,
  type DelegationList,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import { GroupCheck } from '../../identity/group-check.ts';
import { PeopleRepository } from '../../identity/people.repository.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ChangeBus } from '../../platform/change-bus.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import { Delegators } from './delegators.ts';
import {
  endDelegation,
  insertDelegation,
  listDelegations,
  type DelegationRow,
} from './delegation.sql.ts';

const MOST = 20;

/** Who stands in for whom, and until when. Each change and its audit entry are one transaction. */
@Injectable()
export class Delegations {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly people: PeopleRepository,
    private readonly groups: GroupCheck,
    private readonly delegators: Delegators,
  ) {}

  async list(person: SignedInPerson): Promise<DelegationList> {
    const key = person.roles.includes('admin') ? null : person.key;
    const rows = await listDelegations(this.database.pool, key);
    return { items: rows.map((row) => this.#shown(row)) };
  }

  async set(input: DelegationInput, person: SignedInPerson): Promise<DelegationList> {
    const { key, name, groups, groupsConfirmedAt, roles } = await this.groups.confirm(person);
    if (!roles.includes('reviewer')) throw fault('delegateKey', 'You are no reviewer any more.');
    const delegate = (await this.people.byKeys([input.delegateKey])).get(input.delegateKey);
    if (delegate === undefined || delegate.key === key) {
      throw fault('delegateKey', 'Choose somebody else who has signed in here.');
    }
    const connections = input.connections.map((slug) => {
      const id = this.connections.bySlug(slug)?.id;
      if (id === undefined) throw fault('connections', `There is no connection ${slug}.`);
      return id;
    });
    const { from, until, chains } = input;
    const note = input.note === undefined || input.note === '' ? null : input.note;
    await this.database.transaction(async (client) => {
      const row = {
        id: newId(),
        delegator: { key, name },
        delegate: { key: delegate.key, name: delegate.name },
        from,
        until,
        note,
        connections,
        chains,
        groups,
        groupsAt: groupsConfirmedAt,
      };
      const bounds = { days: DELEGATION_DAYS, most: MOST };
      if (!(await insertDelegation(client, row, bounds))) {
        throw fault(
          'until',
          `Choose an end after the beginning, at most ${DELEGATION_DAYS} days later. Nobody has more than ${MOST} at once.`,
        );
      }
      await this.ledger.appendIn(client, {
        kind: 'delegation.set',
        who: key,
        target: delegate.key,
        data: {
          person: name,
          delegate: delegate.name,
          from: from ?? 'now',
          until,
          note: note ?? '',
          connections: input.connections,
          chains,
        },
      });
      await this.bus.announce('approvals', null, client);
    });
    return this.list(person);
  }

  async end(id: string, person: SignedInPerson): Promise<DelegationList> {
    const isAdmin = person.roles.includes('admin');
    await this.database.transaction(async (client) => {
      const row = await endDelegation(client, id, { key: person.key, name: person.name, isAdmin });
      if (row === undefined) {
        throw new GatewayError('not_found', 'There is no such delegation, or it is over already.');
      }
      await this.ledger.appendIn(client, {
        kind: 'delegation.ended',
        who: person.key,
        target: row.delegate.key,
        data: {
          person: person.name,
          delegator: row.delegator.name,
          delegate: row.delegate.name,
        },
      });
      await this.bus.announce('approvals', null, client);
    });
    return this.list(person);
  }

  #shown(row: DelegationRow): Delegation {
    const gives = row.known && this.delegators.rolesOf(row).includes('reviewer');
    return {
      id: row.id,
      delegator: row.delegator,
      delegate: row.delegate,
      from: row.from.toISOString(),
      until: row.until.toISOString(),
      note: row.note,
      connections: row.connections.map((id) => this.connections.byId(id)?.slug ?? 'removed'),
      chains: row.chains,
      state: !gives ? 'suspended' : row.begun ? 'now' : 'later',
    };
  }
}

function fault(field: string, message: string): GatewayError {
  return new GatewayError('invalid_input', message, { fields: { [field]: message } });
}
