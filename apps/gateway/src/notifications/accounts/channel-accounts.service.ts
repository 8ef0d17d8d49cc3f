import { createHash } from 'node:crypto';
import type {
  AccountAnswer,
  AccountUntie,
  ChannelAccountList,
  TieCode,
  TieCodeInput,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import { randomBytes } from '../../platform/random.ts';
import { findChannel, listChannels } from '../channels/channel.sql.ts';
import { InboundSecrets } from '../channels/inbound.ts';
import {
  accountsOf,
  deleteAccount,
  findAccount,
  insertAccount,
  type SignedAccount,
} from './channel-account.sql.ts';
import {
  insertCode,
  offeredTo,
  offerAccount,
  takeOffered,
  type OfferedRow,
} from './tie-code.sql.ts';

/** Letters and digits that no editor of comments changes; 160 bits. */
const CODE = /\bhp-tie-[0-9a-f]{40}\b/;

/** The first code in a text that somebody wrote elsewhere. */
export function tieCodeIn(text: string): string | undefined {
  return CODE.exec(text)?.[0];
}

/**
 * Which accounts of channels decide as whom. The person gets a code in the console, the account sends it
 * through the channel, and the person says that this account is theirs.
 * INVARIANT: a code by itself ties nothing, whoever got hold of it: the person first sees which account
 * sent it.
 */
@Injectable()
export class ChannelAccounts {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly inbound: InboundSecrets,
  ) {}

  async list(person: SignedInPerson): Promise<ChannelAccountList> {
    const { pool } = this.database;
    const [channels, tied, offered] = await Promise.all([
      listChannels(pool),
      accountsOf(pool, person.key),
      offeredTo(pool, person.key),
    ]);
    const apps = new Map(channels.map((channel) => [channel.id, this.inbound.of(channel)?.app]));
    return {
      items: tied.map(({ channelId, channelTitle, account, name, app, tiedAt }) => ({
        ...{ channelId, channelTitle, account, name, tiedAt: tiedAt.toISOString() },
        counts: apps.get(channelId) === app,
      })),
      offered: offered
        .filter(({ channelId, app }) => apps.get(channelId) === app)
        .map(({ id, channelId, channelTitle, account, name, expiresAt }) => ({
          ...{ id, channelId, channelTitle, account, name, expiresAt: expiresAt.toISOString() },
        })),
      channels: channels
        .filter(({ id }) => apps.get(id) !== undefined)
        .map(({ id, title, config }) => ({ id, title, kind: config.kind })),
    };
  }

  /** Shown this once; kept as a hash. */
  async makeCode({ channelId }: TieCodeInput, person: SignedInPerson): Promise<TieCode> {
    const { pool } = this.database;
    const channel = await findChannel(pool, channelId);
    if (channel === undefined || this.inbound.of(channel) === undefined) {
      throw new GatewayError(
        'not_found',
        'This channel takes no verdicts, or no longer. Reload to see those that do.',
      );
    }
    const code = `hp-tie-${randomBytes(20).toString('hex')}`;
    const row = { id: newId(), hash: hashOf(code), channelId, personKey: person.key };
    const expiresAt = await insertCode(pool, row);
    return { code, channelId, channelTitle: channel.title, expiresAt: expiresAt.toISOString() };
  }

  /**
   * A code that an account sent through a channel, in the transaction that takes its message. Nothing is
   * tied by it yet: the person is asked, in the console.
   *
   * @throws GatewayError `tie_refused`
   */
  async offer(
    client: Queryable,
    { code, ...account }: SignedAccount & { readonly name: string; readonly code: string },
  ): Promise<void> {
    if ((await findAccount(client, account)) !== undefined) throw tiedAlready();
    if (!(await offerAccount(client, hashOf(code), account))) {
      throw new GatewayError(
        'tie_refused',
        'Nothing was tied: this code is not for this channel, was sent before, or is older than ten minutes. Get another one in Holdpoint, under Account → Accounts elsewhere.',
      );
    }
  }

  async tie({ id }: AccountAnswer, person: SignedInPerson): Promise<ChannelAccountList> {
    await this.database.transaction(async (client) => {
      const offered = await takeOffered(client, id, person.key);
      if (offered === undefined) throw overdue();
      // INVARIANT: what was signed with an earlier secret takes nobody's place who tied it under this one.
      const channel = await findChannel(client, offered.channelId);
      if (channel === undefined || this.inbound.of(channel)?.app !== offered.app) throw overdue();
      if (!(await insertAccount(client, offered, person))) throw tiedAlready();
      await this.#record(client, 'channel.account_tied', offered, person);
    });
    return this.list(person);
  }

  /** It is not theirs: whoever sent the code had no business with it. */
  async refuse({ id }: AccountAnswer, person: SignedInPerson): Promise<ChannelAccountList> {
    await this.database.transaction(async (client) => {
      const offered = await takeOffered(client, id, person.key);
      if (offered === undefined) throw overdue();
      await this.#record(client, 'channel.account_refused', offered, person);
    });
    return this.list(person);
  }

  async untie(account: AccountUntie, person: SignedInPerson): Promise<ChannelAccountList> {
    await this.database.transaction(async (client) => {
      if (!(await deleteAccount(client, account, person.key))) {
        throw new GatewayError('not_found', 'This account is not tied to you. Reload the list.');
      }
      await this.#record(client, 'channel.account_untied', account, person);
    });
    return this.list(person);
  }

  async #record(
    client: Queryable,
    kind: string,
    { channelId, account }: Pick<OfferedRow, 'channelId' | 'account'>,
    person: SignedInPerson,
  ): Promise<void> {
    await this.ledger.appendIn(client, {
      kind,
      who: person.key,
      target: account,
      data: { person: person.name, channel: channelId, account },
    });
  }
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

function overdue(): GatewayError {
  return new GatewayError(
    'not_found',
    'This account is not offered any more: ten minutes are over, it was answered, or the channel has another secret. Get another code.',
  );
}

function tiedAlready(): GatewayError {
  return new GatewayError(
    'tie_refused',
    'Nothing was tied: this account is tied to somebody already. Whoever it is unties it in Holdpoint first, under Account → Accounts elsewhere.',
  );
}
