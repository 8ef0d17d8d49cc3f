import type {
  ConnectorRename,
  ConnectorSites,
  EnrolmentCreated,
  EnrolmentInput,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { listLinks } from './connector-link.sql.ts';
import {
  listConnectors,
  listEnrolments,
  listSites,
  listUses,
  removeConnector,
  removeSite,
  renameConnector,
  revokeConnector,
  type ChangedConnector,
} from './connector.sql.ts';
import { toSitesView } from './connector-view.ts';
import { Enrolments } from './enrolments.ts';
import { LinkDirectory } from './link-directory.ts';

/** What admins do with connectors. Each change and its audit entry are one transaction. */
@Injectable()
export class ConnectorsService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly enrolments: Enrolments,
    private readonly directory: LinkDirectory,
  ) {}

  async list(): Promise<ConnectorSites> {
    const { pool } = this.database;
    // Links first: what a link's connector offers is written with it, so none is shown without.
    const links = await listLinks(pool);
    const [sites, connectors, enrolments, uses] = await Promise.all([
      listSites(pool),
      listConnectors(pool),
      listEnrolments(pool),
      listUses(pool),
    ]);
    return toSitesView({ sites, connectors, enrolments, links, uses });
  }

  async invite(input: EnrolmentInput, person: SignedInPerson): Promise<EnrolmentCreated> {
    const made = await this.enrolments.create(input, person);
    return { ...(await this.list()), ...made };
  }

  async withdraw(id: string, person: SignedInPerson): Promise<ConnectorSites> {
    await this.enrolments.withdraw(id, person);
    return this.list();
  }

  rename(id: string, { name }: ConnectorRename, person: SignedInPerson): Promise<ConnectorSites> {
    return this.#change('renamed', person, (client) => renameConnector(client, id, name), {
      nothing: 'There is no such connector, or it is called that already. Reload the list.',
    });
  }

  /** In force here when it returns, and elsewhere within a second. */
  revoke(id: string, person: SignedInPerson): Promise<ConnectorSites> {
    return this.#change('revoked', person, (client) => revokeConnector(client, id, person.name), {
      nothing: 'There is no such connector, or it is revoked already. Reload the list.',
    });
  }

  remove(id: string, person: SignedInPerson): Promise<ConnectorSites> {
    return this.#change('removed', person, (client) => removeConnector(client, id), {
      nothing:
        'Only a connector that is revoked and cut off everywhere can be removed. Try again in a moment.',
    });
  }

  async removeSite(id: string, person: SignedInPerson): Promise<ConnectorSites> {
    await this.database.transaction(async (client) => {
      const removed = await removeSite(client, id);
      if (removed === undefined)
        throw new GatewayError(
          'site_in_use',
          'A site can be removed when it has no connectors and no connection leads to it.',
        );
      await this.#record(client, 'connector-site.removed', person, {
        target: removed.name,
        data: { site: removed.name },
      });
    });
    return this.list();
  }

  async #change(
    what: 'renamed' | 'revoked' | 'removed',
    person: SignedInPerson,
    work: (client: Queryable) => Promise<ChangedConnector | undefined>,
    { nothing }: { readonly nothing: string },
  ): Promise<ConnectorSites> {
    await this.database.transaction(async (client) => {
      const changed = await work(client);
      if (changed === undefined) throw new GatewayError('not_found', nothing);
      await this.#record(client, `connector.${what}`, person, {
        target: changed.name,
        data: { connector: changed.id, name: changed.name, site: changed.site },
      });
    });
    await this.directory.refresh();
    return this.list();
  }

  async #record(
    client: Queryable,
    kind: string,
    person: SignedInPerson,
    { target, data }: { readonly target: string; readonly data: NonNullable<EntryDraft['data']> },
  ): Promise<void> {
    await this.ledger.appendIn(client, {
      kind,
      who: person.key,
      target,
      data: { person: person.name, ...data },
    });
    await this.bus.announce('connectors', null, client);
  }
}
