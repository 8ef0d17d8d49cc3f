import type { Grant, GrantList } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { consentsOf, endGrant, grantById, listGrants, usesOf, type GrantRow } from './grant.sql.ts';
import { GrantStore } from './grant-store.ts';
import { termsOf } from './grant-terms.ts';

const ENDED_SHOWN = 50;

/** The grants that there are, and the end of one before its time. */
@Injectable()
export class GrantsService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly store: GrantStore,
  ) {}

  async list(person: SignedInPerson): Promise<GrantList> {
    const { pool } = this.database;
    const rows = await listGrants(pool, ENDED_SHOWN);
    const ids = rows.map(({ id }) => id);
    const [consents, uses] = await Promise.all([consentsOf(pool, ids), usesOf(pool, ids)]);
    return {
      items: rows.map((row) => {
        const givers = consents.filter(({ grantId }) => grantId === row.id);
        const state = stateOf(row);
        const isGiver = givers.some(({ personKey }) => personKey === person.key);
        return {
          ...this.#grant(row, state, person),
          givenBy: [...new Map(givers.map((one) => [one.personKey, one])).values()].map((one) => ({
            key: one.personKey,
            name: one.personName,
            email: null,
          })),
          uses: uses
            .filter(({ grantId }) => grantId === row.id)
            .map(({ callId, sessionId, entryId, at }) => ({
              callId,
              sessionId,
              entryId,
              at: at.toISOString(),
            })),
          mayRevoke: state === 'in-force' && (isGiver || person.roles.includes('admin')),
        };
      }),
    };
  }

  /** By whoever consented to it, or an admin. Exact at once: each use reads the row. */
  async revoke(id: string, reason: string, person: SignedInPerson): Promise<GrantList> {
    await this.database.transaction(async (client) => {
      const grant = await grantById(client, id);
      if (!grant) throw new GatewayError('not_found', 'There is no such grant.');
      const consents = await consentsOf(client, [id]);
      const isGiver = consents.some(({ personKey }) => personKey === person.key);
      if (!isGiver && !person.roles.includes('admin')) throw notYours();
      const end = { from: 'in-force', to: 'revoked', by: person.name, reason } as const;
      if (!(await endGrant(client, id, end))) throw over();
      const connection = this.connections.byId(grant.connectionId);
      await this.ledger.appendIn(client, {
        kind: 'grant.revoked',
        connection: connection && { id: connection.id, slug: connection.slug },
        approvalId: grant.approvalId,
        who: person.key,
        method: grant.method,
        target: grant.target,
        data: { grant: id, reason, left: grant.usesLeft, person: person.name },
      });
      await this.bus.announce('grants', id, client);
    });
    return this.list(person);
  }

  #grant(
    row: GrantRow,
    state: Grant['state'],
    person: SignedInPerson,
  ): Omit<Grant, 'givenBy' | 'uses' | 'mayRevoke'> {
    const mayOpen = person.roles.includes('reviewer') || person.roles.includes('admin');
    return {
      id: row.id,
      state,
      approvalId: row.approvalId,
      connection: {
        id: row.connectionId,
        title: this.connections.byId(row.connectionId)?.title ?? 'A removed connection',
      },
      caller: { key: row.callerKey, name: row.callerName },
      target: row.target,
      terms: termsOf(row, mayOpen ? this.store.shapeOf(row) : null),
      usesLeft: row.usesLeft,
      givenAt: (row.givenAt ?? new Date(0)).toISOString(),
      expiresAt: (row.expiresAt ?? new Date(0)).toISOString(),
      endedAt: row.endedAt?.toISOString() ?? null,
      endedBy: row.endedByName,
      endReason: row.endReason,
    };
  }
}

function stateOf({ state, usesLeft, isOver }: GrantRow): Grant['state'] {
  if (state === 'revoked' || state === 'lapsed') return state;
  if (usesLeft === 0) return 'used-up';
  return isOver || state !== 'in-force' ? 'expired' : 'in-force';
}

function notYours(): GatewayError {
  return new GatewayError(
    'forbidden',
    'The grant was not revoked: only whoever agreed to it, or an admin, ends it before its time.',
  );
}

function over(): GatewayError {
  return new GatewayError('grant_ended', 'Nothing was revoked: this grant had ended before.');
}
