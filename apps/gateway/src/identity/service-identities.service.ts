import type {
  PersonRef,
  ServiceIdentityInput,
  ServiceIdentityKey,
  ServiceIdentityList,
} from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { PeopleRepository } from './people.repository.ts';
import { ServiceIdentities } from './service-identities.ts';
import {
  deleteServiceIdentity,
  insertServiceIdentity,
  listServiceIdentities,
  updateServiceIdentity,
  type ServiceIdentityRow,
  type ServiceIdentitySettings,
} from './service-identity.sql.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/** What admins do with service identities. Each change and its audit entry are one transaction. */
@Injectable()
export class ServiceIdentitiesService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly people: PeopleRepository,
    private readonly identities: ServiceIdentities,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  async list(): Promise<ServiceIdentityList> {
    const rows = await listServiceIdentities(this.database.pool);
    const owners = await this.people.byKeys(rows.map(({ ownerKey }) => ownerKey));
    return {
      items: rows.map(({ ownerKey, createdAt, ...rest }) => ({
        ...rest,
        owner: owners.get(ownerKey) ?? unnamed(ownerKey),
        createdAt: createdAt.toISOString(),
      })),
      issuer: this.env.HOLDPOINT_OIDC_ISSUER,
    };
  }

  async create(input: ServiceIdentityInput, person: SignedInPerson): Promise<ServiceIdentityList> {
    const row = this.#row(input);
    return this.#change(async (client) => {
      await this.#checkOwner(client, row);
      if (!(await insertServiceIdentity(client, row))) throw alreadyRegistered();
      return entryOf('service-identity.created', row, person, row);
    });
  }

  async update(input: ServiceIdentityInput, person: SignedInPerson): Promise<ServiceIdentityList> {
    const row = this.#row(input);
    return this.#change(async (client) => {
      const before = await updateServiceIdentity(client, row);
      if (before === undefined) throw notRegistered();
      if (before.ownerKey !== row.ownerKey) await this.#checkOwner(client, row);
      return entryOf('service-identity.updated', row, person, row, before);
    });
  }

  async remove(key: ServiceIdentityKey, person: SignedInPerson): Promise<ServiceIdentityList> {
    const named = this.#named(key);
    return this.#change(async (client) => {
      const before = await deleteServiceIdentity(client, named);
      if (before === undefined) throw notRegistered();
      return entryOf('service-identity.removed', named, person, before);
    });
  }

  /** Here the change is in force when it returns; elsewhere as soon as the hint or the poll arrives. */
  async #change(work: (client: Queryable) => Promise<EntryDraft>): Promise<ServiceIdentityList> {
    await this.database.transaction(async (client) => {
      await this.ledger.appendIn(client, await work(client));
      await this.bus.announce('connections', null, client);
    });
    await this.identities.refresh();
    return this.list();
  }

  #row({ title, ownerKey, ...key }: ServiceIdentityInput): ServiceIdentityRow {
    return { ...this.#named(key), title, ownerKey };
  }

  #named({ issuer, subject }: ServiceIdentityKey): { issuer: string; subject: string } {
    return { issuer: issuer ?? this.env.HOLDPOINT_OIDC_ISSUER, subject };
  }

  /** An owner answers for the service, so it must be a person who can be found: a typo would own nothing. */
  async #checkOwner(on: Queryable, { issuer, subject, ownerKey }: ServiceIdentityRow) {
    if (ownerKey === `${issuer}|${subject}`) throw badOwner('A service identity can’t own itself.');
    if (!(await this.people.isKnown(ownerKey, on))) {
      throw badOwner('Nobody with this identity has signed in yet. Choose somebody who has.');
    }
  }
}

function entryOf(
  kind: string,
  { issuer, subject }: Pick<ServiceIdentityRow, 'issuer' | 'subject'>,
  person: SignedInPerson,
  { title, ownerKey }: ServiceIdentitySettings,
  before?: ServiceIdentitySettings,
): EntryDraft {
  return {
    kind,
    who: person.key,
    target: subject,
    data: {
      person: person.name,
      issuer,
      title,
      owner: ownerKey,
      ...(before && { before: { title: before.title, owner: before.ownerKey } }),
    },
  };
}

/** Registered before its owner had a name here. */
function unnamed(key: string): PersonRef {
  return { key, name: key.split('|').at(-1) ?? key, email: null };
}

function badOwner(message: string): GatewayError {
  return new GatewayError('invalid_input', message, { fields: { ownerKey: message } });
}

function alreadyRegistered(): GatewayError {
  const message = 'This service identity is registered already. Change its owner instead.';
  return new GatewayError('name_taken', message, { fields: { subject: message } });
}

function notRegistered(): GatewayError {
  return new GatewayError('not_found', 'There is no such service identity. Reload the list.');
}
