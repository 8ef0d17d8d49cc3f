import { randomBytes } from 'node:crypto';
import type {
  Channel,
  ChannelConfig,
  ChannelInput,
  ChannelList,
  ChannelSaved,
  ChannelTest,
  ChannelUpdate,
  KeptSecrets,
} from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntryDraft } from '../../audit/entry.ts';
import { Ledger } from '../../audit/ledger.ts';
import type { Environment } from '../../env.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import type { Logger } from '../../platform/logger.ts';
import { newId } from '../../platform/new-id.ts';
import { ENVIRONMENT, LOGGER } from '../../platform/tokens.ts';
import { Deliverer } from '../deliverer.ts';
import { testNotice } from '../events/notice.ts';
import { countMessages, insertMessage, recordOutcome } from '../messages/message.sql.ts';
import { browsersOf, endBrowsersOf } from '../push/push-subscription.sql.ts';
import { makeVapidKey, publicKeyOf } from '../push/push-vault.ts';
import { forgetChangesOf } from '../tickets/ticket-verdict.sql.ts';
import { forgetTicketsOf } from '../tickets/ticket.sql.ts';
import { checkChannel, hasOtherTickets, leadsElsewhere, usefulSecrets } from './channel-check.ts';
import { ChannelVault } from './channel-vault.ts';
import {
  findChannel,
  hasPushChannel,
  insertChannel,
  isTitleTaken,
  listChannels,
  removeChannel,
  routesTo,
  updateChannel,
  type ChannelRow,
} from './channel.sql.ts';
import { takesVerdicts } from './inbound.ts';
import { settingsShown } from './settings-shown.ts';

/** What admins do with channels. Each change and its entry are one transaction. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly vault: ChannelVault,
    private readonly deliverer: Deliverer,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async list(): Promise<ChannelList> {
    const { pool } = this.database;
    const [rows, counts] = await Promise.all([listChannels(pool), countMessages(pool)]);
    return { items: rows.map((row) => this.#view(row, counts)) };
  }

  async get(id: string): Promise<Channel> {
    const { pool } = this.database;
    const row = await findChannel(pool, id);
    if (row === undefined) throw notFound();
    return this.#view(row, await countMessages(pool));
  }

  async create(input: ChannelInput, person: SignedInPerson): Promise<ChannelSaved> {
    const id = newId();
    const made = madeFor(input.config, input.secrets);
    const secrets = { ...input.secrets, ...made };
    checkChannel(input.config, secrets);
    const settings = { ...input, config: withPublicKey(input.config, secrets) };
    const secretsSealed = this.vault.seal(id, secrets);
    await this.#change(async (client) => {
      if (input.config.kind === 'push' && (await hasPushChannel(client))) throw onlyOne();
      if (!(await insertChannel(client, id, { ...settings, secretsSealed }))) throw nameTaken();
      return entryOf('channel.created', id, input, Object.keys(secrets), person);
    });
    return { channel: await this.get(id), made: shownOnce(made) };
  }

  async update(id: string, input: ChannelUpdate, person: SignedInPerson): Promise<ChannelSaved> {
    let made: KeptSecrets = {};
    await this.#change(async (client) => {
      const before = await findChannel(client, id);
      if (before === undefined) throw notFound();
      if (before.config.kind !== input.config.kind) throw otherKind();
      if (await isTitleTaken(client, input.title, id)) throw nameTaken();
      const stored = this.#opened(before);
      // INVARIANT: a stored secret never goes to another place than it was entered for.
      const kept = leadsElsewhere(before.config, input.config) ? {} : stored;
      const known = { ...usefulSecrets(input.config, kept), ...input.secrets };
      // Another signing secret would be a stranger to the receiver: one that is lost is entered again.
      made = { ...callbackFor(input.config, known), ...vapidKeyFor(input.config, known) };
      const secrets = { ...known, ...made };
      checkChannel(input.config, secrets);
      const secretsSealed = this.vault.seal(id, secrets);
      const config = withPublicKey(input.config, secrets);
      const settings = { ...input, config, secretsSealed };
      if (!(await updateChannel(client, id, input.version, settings))) throw stale();
      // Browsers that subscribed with another key are reached with it alone.
      if (made.vapidKey !== undefined) await endBrowsersOf(client, id);
      if (hasOtherTickets(before.config, config)) {
        await forgetTicketsOf(client, id);
        await forgetChangesOf(client, id);
      }
      const set = Object.keys({ ...input.secrets, ...made });
      return entryOf('channel.updated', id, input, set, person);
    });
    return { channel: await this.get(id), made: shownOnce(made) };
  }

  /** Another secret for verdicts that come back: the one before is worth nothing at once. */
  async renewCallback(id: string, person: SignedInPerson): Promise<ChannelSaved> {
    const callback = newSecret();
    await this.#change(async (client) => {
      const channel = await findChannel(client, id);
      if (channel === undefined) throw notFound();
      if (!takesVerdicts(channel.config)) throw takesNone();
      const secretsSealed = this.vault.seal(id, { ...this.#opened(channel), callback });
      const changed = { ...channel, secretsSealed };
      if (!(await updateChannel(client, id, channel.version, changed))) throw stale();
      return entryOf('channel.updated', id, channel, ['callback'], person);
    });
    return { channel: await this.get(id), made: { callback } };
  }

  async remove(id: string, person: SignedInPerson): Promise<ChannelList> {
    await this.#change(async (client) => {
      const removed = await removeChannel(client, id);
      if (removed === undefined) throw notFound();
      await endBrowsersOf(client, id);
      const routes = await routesTo(client, id);
      if (routes.length > 0) throw inUse(routes);
      const data = { person: person.name, channel: id, kind: removed.kind };
      return { kind: 'channel.removed', who: person.key, target: removed.title, data };
    });
    return this.list();
  }

  /** Sends a test now, once, and says what the other side answered. It is part of the log. */
  async test(id: string, person: SignedInPerson): Promise<ChannelTest> {
    const { pool } = this.database;
    const channel = await findChannel(pool, id);
    if (channel === undefined) throw notFound();
    const message = {
      id: newId(),
      channelId: id,
      connectionId: null,
      ...(await this.#testRecipient(channel, person)),
      thread: `test:${newId()}`,
      seq: '0',
      event: 'channel.test',
      eventId: null,
      approvalId: null,
      body: null,
      isFollowUp: false,
      heldBackUntil: null,
    };
    await insertMessage(pool, message);
    const startedAt = performance.now();
    const attempt = await this.deliverer.test(
      channel,
      { ...message, is_follow_up: false },
      testNotice(this.env.HOLDPOINT_PUBLIC_URL, new Date()),
    );
    const tookMs = Math.round(performance.now() - startedAt);
    const ok = attempt.kind === 'delivered';
    const status = attempt.kind === 'dropped' ? null : attempt.status;
    const { answer } = attempt;
    await this.database.transaction(async (client) => {
      const state = ok ? 'delivered' : 'failed';
      await recordOutcome(client, message.id, { state, status, answer, inMs: 0 }, tookMs);
      await this.ledger.appendIn(client, {
        kind: 'channel.tested',
        who: person.key,
        target: channel.title,
        data: { person: person.name, channel: id, ok },
      });
    });
    return { ok, status, answer, tookMs };
  }

  /** A test of browsers goes to the admin's own: nobody else asked for it. */
  async #testRecipient({ id, config }: ChannelRow, { key }: SignedInPerson) {
    if (config.kind !== 'push') return { recipient: '', personKey: null };
    const browser = (await browsersOf(this.database.pool, id, [key])).at(-1);
    if (browser === undefined) throw noBrowser();
    return { recipient: browser.id, personKey: key };
  }

  #view(row: ChannelRow, counts: Awaited<ReturnType<typeof countMessages>>): Channel {
    const count = counts.get(row.id);
    return {
      id: row.id,
      title: row.title,
      enabled: row.enabled,
      config: row.config,
      secrets: this.#secretsOf(row),
      version: row.version,
      open: count?.open ?? 0,
      dead: count?.dead ?? 0,
      lastDeliveredAt: count?.last?.toISOString() ?? null,
      restsUntil: row.rest_until?.toISOString() ?? null,
      updatedAt: row.updated_at.toISOString(),
    };
  }

  /** Names only. One that doesn't open must not hide the other channels: sending with it says so. */
  #secretsOf(row: ChannelRow): string[] {
    return Object.keys(this.#opened(row));
  }

  /** None where they don't open: an admin enters them again. */
  #opened({ id, secrets_sealed: sealed }: ChannelRow): KeptSecrets {
    try {
      return this.vault.open(id, sealed);
    } catch (error) {
      this.logger.error({ error: String(error), channel: id }, 'secrets of a channel do not open');
      return {};
    }
  }

  async #change(work: (client: Queryable) => Promise<EntryDraft>): Promise<void> {
    await this.database.transaction(async (client) => {
      await this.ledger.appendIn(client, await work(client));
    });
  }
}

/** Nobody has to think of a secret that only two machines need. */
function madeFor(config: ChannelConfig, { signing }: KeptSecrets): KeptSecrets {
  const isSigned = config.kind === 'webhook' && signing === undefined;
  return {
    ...(isSigned && { signing: newSecret() }),
    ...callbackFor(config, {}),
    ...vapidKeyFor(config, {}),
  };
}

/** INVARIANT: nobody chooses it, so it is no other channel's, and not what we sign with. */
function callbackFor(config: ChannelConfig, { callback }: KeptSecrets): KeptSecrets {
  return takesVerdicts(config) && callback === undefined ? { callback: newSecret() } : {};
}

/** One that doesn't open any more is made anew, and every browser has to subscribe again. */
function vapidKeyFor(config: ChannelConfig, { vapidKey }: KeptSecrets): KeptSecrets {
  return config.kind === 'push' && vapidKey === undefined ? { vapidKey: makeVapidKey() } : {};
}

/** INVARIANT: the public key is of the private one, whatever was sent. */
function withPublicKey(config: ChannelConfig, { vapidKey }: KeptSecrets): ChannelConfig {
  if (config.kind !== 'push' || vapidKey === undefined) return config;
  return { ...config, publicKey: publicKeyOf(vapidKey) };
}

/** INVARIANT: what only the gateway uses is shown to nobody, not even once. */
function shownOnce({ signing, callback }: KeptSecrets): ChannelSaved['made'] {
  return {
    ...(signing !== undefined && { signing }),
    ...(callback !== undefined && { callback }),
  };
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** INVARIANT: neither a secret, nor the parts of an address that may hold one. */
function entryOf(
  kind: string,
  id: string,
  { title, enabled, config }: Pick<ChannelInput, 'title' | 'enabled' | 'config'>,
  secretsSet: readonly string[],
  person: SignedInPerson,
): EntryDraft {
  const settings = settingsShown(config);
  const data = { person: person.name, channel: id, enabled, settings, secretsSet: [...secretsSet] };
  return { kind, who: person.key, target: title, data };
}

function notFound(): GatewayError {
  return new GatewayError('not_found', 'There is no such channel. Reload the list.');
}

function nameTaken(): GatewayError {
  const message = 'Another channel already has this name. Choose another.';
  return new GatewayError('name_taken', message, { fields: { title: message } });
}

function stale(): GatewayError {
  return new GatewayError(
    'stale_version',
    'Somebody else changed this channel meanwhile. Reload, and make your change again.',
  );
}

function onlyOne(): GatewayError {
  const message = 'There is a channel for browsers already: a browser can be subscribed to one.';
  return new GatewayError('invalid_input', message, { fields: { 'config.kind': message } });
}

function noBrowser(): GatewayError {
  return new GatewayError(
    'invalid_input',
    'The test goes to a browser of yours, and none is subscribed. Subscribe this one under Account first.',
  );
}

function takesNone(): GatewayError {
  return new GatewayError(
    'invalid_input',
    'This channel takes no verdicts, so it has no secret for them. Change it first: verdicts may come back.',
  );
}

function otherKind(): GatewayError {
  const message = 'A channel stays of its kind. Make a new one.';
  return new GatewayError('invalid_input', message, { fields: { 'config.kind': message } });
}

function inUse(routes: readonly string[]): GatewayError {
  return new GatewayError(
    'invalid_input',
    `Routes still send to this channel: ${routes.join(', ')}. Change or remove them first.`,
  );
}
