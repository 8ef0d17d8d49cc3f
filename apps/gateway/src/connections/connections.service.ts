import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  readConnectorAddress,
  type Connection,
  type ConnectionInput,
  type ConnectionSaved,
  type ConnectionUpdate,
  type Quarantined,
} from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import { holdSite } from '../connectors/connector.sql.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { RotaRegistry } from '../rotas/rota-registry.ts';
import { chainFaultsByField } from './chain-check.ts';
import { chainRecord } from './chain-record.ts';
import { FreezeNotifier } from '../notifications/freeze-notifier.ts';
import { lockFreezes } from '../freezes/freeze.sql.ts';
import { ConnectionRegistry } from './connection-registry.ts';
import { ConnectionRepository, type StoredConnection } from './connection.repository.ts';
import {
  freezeConnection,
  insertConnection,
  unfreezeConnection,
  updateConnection,
  type ConnectionSettings,
} from './connection.sql.ts';
import { toConnectionView } from './connection.view.ts';
import { originOf } from './origin-of.ts';
import { CredentialVault } from './credential-vault.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

/** A form does not wait longer than this for an upstream to list its tools. */
const LISTING_PATIENCE_MS = 5000;

/** What admins do with connections. Each change and its audit entry are one transaction. */
@Injectable()
export class ConnectionsService {
  constructor(
    private readonly repository: ConnectionRepository,
    private readonly registry: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly vault: CredentialVault,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly rotas: RotaRegistry,
    private readonly notifier: FreezeNotifier,
  ) {}

  async list(person: SignedInPerson): Promise<{ items: Connection[] }> {
    const stored = await this.repository.all();
    return { items: stored.map((each) => this.#view(each, person)) };
  }

  /** Definitions that wait for an admin, of all connections. */
  quarantined(): Quarantined {
    const counts = this.registry.all().map(({ id }) => this.catalogue.countQuarantined(id));
    return { count: counts.reduce((sum, count) => sum + count, 0) };
  }

  async get(id: string, person: SignedInPerson): Promise<Connection> {
    return this.#view(await this.#stored(id), person);
  }

  async create(input: ConnectionInput, person: SignedInPerson): Promise<ConnectionSaved> {
    checkChain(input, this.rotas.people());
    checkThroughConnector(input, 'none');
    const id = newId();
    const madeSecret = input.webhook !== null && input.webhook.secret === undefined;
    const secret = input.webhook === null ? null : (input.webhook.secret ?? newWebhookSecret());
    const settings: ConnectionSettings = {
      input,
      credential: this.#sealCredential(id, input) ?? { kind: 'none', sealed: null },
      webhookSecret: secret === null ? null : this.vault.sealWebhookSecret(id, secret),
    };
    await this.#change(id, async (client) => {
      await requireSite(client, input);
      if (!(await insertConnection(client, id, settings))) throw nameTaken();
      const data = { version: 1, person: person.name, settings: recordable(settings) };
      return { ...entryOf(id, input.slug, person), kind: 'connection.created', data };
    });
    await this.#listTools(id);
    return { connection: await this.get(id, person), webhookSecret: madeSecret ? secret : null };
  }

  async update(
    id: string,
    input: ConnectionUpdate,
    person: SignedInPerson,
  ): Promise<ConnectionSaved> {
    checkChain(input, this.rotas.people());
    const before = await this.#stored(id);
    checkUnchangeable(before, input);
    checkThroughConnector(input, before.credentialKind);
    const webhook = this.#webhookSecret(before, input);
    const settings: ConnectionSettings = {
      input,
      credential: this.#sealCredential(id, input) ?? 'keep',
      webhookSecret: webhook.sealed,
    };
    await this.#change(id, async (client) => {
      await requireSite(client, input);
      if (!(await updateConnection(client, id, input.version, settings))) throw stale();
      const data = {
        version: input.version + 1,
        person: person.name,
        settings: recordable(settings),
      };
      return { ...entryOf(id, before.record.slug, person), kind: 'connection.updated', data };
    });
    this.catalogue.markStale(id);
    await this.#listTools(id);
    return { connection: await this.get(id, person), webhookSecret: webhook.made };
  }

  /** The deny-everything switch. On one that is frozen already it changes nothing. */
  async freeze(id: string, reason: string, person: SignedInPerson): Promise<Connection> {
    const { record } = await this.#stored(id);
    await this.#change(id, async (client) => {
      await lockFreezes(client);
      if (!(await freezeConnection(client, id, person.name, reason))) return undefined;
      await this.#tellFrozen(client, 'freeze.set', record, reason, person);
      const data = { reason, person: person.name };
      return { ...entryOf(id, record.slug, person), kind: 'connection.frozen', data };
    });
    return this.get(id, person);
  }

  async unfreeze(
    id: string,
    reason: string | undefined,
    person: SignedInPerson,
  ): Promise<Connection> {
    const { record } = await this.#stored(id);
    await this.#change(id, async (client) => {
      if (!(await unfreezeConnection(client, id))) return undefined;
      await this.#tellFrozen(client, 'freeze.lifted', record, reason ?? '', person);
      const data = { reason: reason ?? '', person: person.name };
      return { ...entryOf(id, record.slug, person), kind: 'connection.unfrozen', data };
    });
    return this.get(id, person);
  }

  #tellFrozen(
    client: Queryable,
    event: 'freeze.set' | 'freeze.lifted',
    { id, slug, title }: StoredConnection['record'],
    reason: string,
    person: SignedInPerson,
  ): Promise<void> {
    const told = { scope: 'connection', slug, title, reason, person: person.name } as const;
    return this.notifier.queueIn(client, event, id, told);
  }

  /** Here the change is in force when it returns; elsewhere as soon as the hint or the poll arrives. */
  async #change(
    id: string,
    work: (client: Queryable) => Promise<EntryDraft | undefined>,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      const entry = await work(client);
      if (entry === undefined) return;
      await this.ledger.appendIn(client, entry);
      await this.bus.announce('connections', id, client);
    });
    await this.registry.refresh();
  }

  async #stored(id: string): Promise<StoredConnection> {
    const stored = await this.repository.byId(id);
    if (stored === undefined) throw notFound();
    return stored;
  }

  #view(stored: StoredConnection, person: SignedInPerson): Connection {
    return toConnectionView(stored, this.catalogue, {
      publicUrl: this.env.HOLDPOINT_PUBLIC_URL,
      whole: person.roles.includes('admin'),
    });
  }

  #sealCredential(id: string, { credential }: ConnectionInput) {
    if (credential === undefined) return undefined;
    return { kind: credential.kind, sealed: this.vault.sealCredential(id, credential) };
  }

  #webhookSecret(
    { record, webhookSecretSealed }: StoredConnection,
    { webhook }: ConnectionInput,
  ): { readonly sealed: ConnectionSettings['webhookSecret']; readonly made: string | null } {
    if (webhook === null) return { sealed: null, made: null };
    if (webhook.secret !== undefined) {
      return { sealed: this.vault.sealWebhookSecret(record.id, webhook.secret), made: null };
    }
    if (webhookSecretSealed !== null) return { sealed: 'keep', made: null };
    const made = newWebhookSecret();
    return { sealed: this.vault.sealWebhookSecret(record.id, made), made };
  }

  async #listTools(id: string): Promise<void> {
    const record = this.registry.byId(id);
    if (record === undefined) return;
    const listing = this.catalogue.ensureFresh(record, 0, 'everything');
    await Promise.race([listing, delay(LISTING_PATIENCE_MS, undefined, { ref: false })]);
  }
}

function entryOf(id: string, slug: string, person: SignedInPerson): Omit<EntryDraft, 'kind'> {
  return { connection: { id, slug }, who: person.key };
}

/** INVARIANT: neither a credential nor a secret, nor the parts of an address that may hold one. */
function recordable({ input, credential, webhookSecret }: ConnectionSettings) {
  return {
    title: input.title,
    url: originOf(input.url),
    allowPrivate: input.allowPrivate,
    transport: input.transport,
    callerGroups: input.callerGroups,
    defaultEffect: input.defaultEffect,
    readOnly: input.readOnly,
    chain: chainRecord(input.chain),
    holdDeadlineS: input.holdDeadlineS,
    clients: input.clients,
    approvalWindowS: input.approvalWindowS,
    quarantine: input.quarantine,
    firstCatalogue: input.firstCatalogue,
    credential: credential === 'keep' ? 'unchanged' : credential.kind,
    webhook: input.webhook && {
      url: originOf(input.webhook.url),
      allowPrivate: input.webhook.allowPrivate,
      secret: webhookSecret === 'keep' ? 'unchanged' : 'set',
    },
  };
}

function checkChain(
  { chain }: ConnectionInput,
  rotas: ReadonlyMap<string, readonly string[]> = new Map(),
): void {
  const fields: Record<string, string> = { ...chainFaultsByField(chain, rotas) };
  for (const [index, { people }] of chain.entries()) {
    if (people.some((key) => !key.includes('|'))) {
      fields[`chain.${index}.people`] =
        'A person is written as issuer|subject; an e-mail address identifies nobody.';
    }
  }
  refuseInput(fields);
}

function checkUnchangeable(
  { record, credentialKind }: StoredConnection,
  input: ConnectionInput,
): void {
  const fields: Record<string, string> = {};
  // Agents and rules name a connection by its slug: a new one would slip past rules for the old.
  if (input.slug !== record.slug)
    fields['slug'] = 'The name in the address can’t be changed; register a new connection.';
  // INVARIANT: a stored credential never goes to another origin than it was entered for.
  const moved = originOf(input.url) !== originOf(record.url);
  if (moved && credentialKind !== 'none' && input.credential === undefined) {
    fields['credential'] = 'Enter the credential again: the address leads to another host.';
  }
  refuseInput(fields);
}

/** SECURITY: what a connector adds is its own; a credential kept here would be sent to nobody. */
function checkThroughConnector(
  { url, credential, transport }: ConnectionInput,
  storedKind: StoredConnection['credentialKind'],
): void {
  if (readConnectorAddress(url) === undefined) return;
  const fields: Record<string, string> = {};
  if ((credential?.kind ?? storedKind) !== 'none')
    fields['credential'] = 'The connector has the credential in its own file: choose none here.';
  if (transport === 'sse')
    fields['transport'] = 'Servers behind a connector are spoken to over Streamable HTTP.';
  refuseInput(fields);
}

async function requireSite(client: Queryable, { url }: ConnectionInput): Promise<void> {
  const site = readConnectorAddress(url)?.site;
  if (site !== undefined && !(await holdSite(client, site)))
    refuseInput({ url: `There is no site ${site}. Enrol a connector for it first.` });
}

function refuseInput(fields: Readonly<Record<string, string>>): void {
  const [first] = Object.values(fields);
  if (first !== undefined) throw new GatewayError('invalid_input', first, { fields });
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function notFound(): GatewayError {
  return new GatewayError('not_found', 'There is no such connection.');
}

function nameTaken(): GatewayError {
  const message = 'Another connection already has this name in its address. Choose another.';
  return new GatewayError('name_taken', message, { fields: { slug: message } });
}

function stale(): GatewayError {
  return new GatewayError(
    'stale_version',
    'Someone else saved this connection while you were editing. Reload, and make your change again.',
  );
}
