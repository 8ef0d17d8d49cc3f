import type { PushBrowserInput, PushState } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import { listChannels, type ChannelRow } from '../channels/channel.sql.ts';
import {
  browsersOf,
  clearAddresses,
  forgetServices,
  insertBrowser,
  lockBrowsers,
  removeBrowser,
} from './push-subscription.sql.ts';
import { endpointHashOf, isPublicKey, PushVault } from './push-vault.ts';

const MOST_BROWSERS = 10;

type PushChannel = ChannelRow & { readonly config: { readonly kind: 'push' } };

/** Which browsers tell a person: said by that person, in the browser. */
@Injectable()
export class PushBrowsers {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly vault: PushVault,
  ) {}

  async list({ key }: SignedInPerson): Promise<PushState> {
    const { pool } = this.database;
    const channel = await this.#channel();
    const browsers = channel === undefined ? [] : await browsersOf(pool, channel.id, [key]);
    return {
      publicKey: channel?.enabled === true ? channel.config.publicKey : null,
      browsers: browsers.map(({ id, label, says, endpointHash, service, createdAt, lastOkAt }) => ({
        ...{ id, label, says, endpointHash, service },
        createdAt: createdAt.toISOString(),
        lastOkAt: lastOkAt?.toISOString() ?? null,
      })),
    };
  }

  async subscribe(input: PushBrowserInput, person: SignedInPerson): Promise<PushState> {
    const channel = await this.#channel();
    if (channel?.enabled !== true) throw noChannel();
    checkAddress(input, channel);
    const { endpoint, p256dh, auth, label, says, replaces } = input;
    const endpointHash = endpointHashOf(endpoint);
    const service = new URL(endpoint).origin;
    await this.database.transaction(async (client) => {
      await lockBrowsers(client, person.key);
      const known = await clearAddresses(client, person.key, { endpointHash, replaces });
      const id = known ?? newId();
      const sealed = this.vault.seal(id, { endpoint, p256dh, auth });
      await insertBrowser(client, {
        ...{ id, endpointHash, sealed, service, label, says },
        channelId: channel.id,
        personKey: person.key,
      });
      const theirs = await browsersOf(client, channel.id, [person.key]);
      if (theirs.length > MOST_BROWSERS) throw tooMany();
      await forgetServices(client);
      const data = { person: person.name, service, says };
      await this.ledger.appendIn(client, {
        kind: 'push.subscribed',
        who: person.key,
        target: label,
        data,
      });
    });
    return this.list(person);
  }

  async remove(id: string, person: SignedInPerson): Promise<PushState> {
    await this.database.transaction(async (client) => {
      const label = await removeBrowser(client, person.key, id);
      if (label === undefined) {
        throw new GatewayError('not_found', 'This browser is not one of yours. Reload the list.');
      }
      await this.ledger.appendIn(client, {
        kind: 'push.removed',
        who: person.key,
        target: label,
        data: { person: person.name },
      });
    });
    return this.list(person);
  }

  async #channel(): Promise<PushChannel | undefined> {
    return (await listChannels(this.database.pool)).find(isPush);
  }
}

function isPush(channel: ChannelRow): channel is PushChannel {
  return channel.config.kind === 'push';
}

/** What a person's browser says is an address that the gateway will call: guarded once more at each call. */
function checkAddress(
  { endpoint, p256dh, publicKey }: PushBrowserInput,
  { config }: PushChannel,
): void {
  const fields: Record<string, string> = {};
  if (!endpoint.startsWith('https://') && !config.allowPrivate)
    fields['endpoint'] = 'A push service is reached over https.';
  if (!isPublicKey(p256dh)) fields['p256dh'] = 'This is no key that can be encrypted for.';
  if (publicKey !== config.publicKey)
    fields['publicKey'] = 'The channel has another key by now. Subscribe this browser again.';
  const [message] = Object.values(fields);
  if (message !== undefined) throw new GatewayError('invalid_input', message, { fields });
}

function noChannel(): GatewayError {
  return new GatewayError(
    'not_found',
    'There is no channel for browsers, or it is switched off. An admin sets it up under Channels.',
  );
}

function tooMany(): GatewayError {
  return new GatewayError(
    'invalid_input',
    `At most ${MOST_BROWSERS} browsers tell you. Remove one that you no longer use first.`,
  );
}
