import { Injectable } from '@nestjs/common';
import { OpenSessions } from '../../identity/open-sessions.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { InboundSecrets } from '../channels/inbound.ts';
import { findAccount, type SignedAccount } from './channel-account.sql.ts';

/** Who an account of a channel decides as. */
export type ChannelPerson =
  | { readonly kind: 'known'; readonly person: SignedInPerson }
  /** Nobody said that this account is theirs, under the secret that its message was signed with. */
  | { readonly kind: 'untied' }
  /** The console's sign-in is over: there is nothing the provider could be asked with. */
  | { readonly kind: 'signed-out' };

/** The person that an account of a channel other than Slack is tied to. */
@Injectable()
export class ChannelPeople {
  constructor(
    private readonly database: Database,
    private readonly sessions: OpenSessions,
    private readonly inbound: InboundSecrets,
  ) {}

  async personOf(account: SignedAccount): Promise<ChannelPerson> {
    const tied = await findAccount(this.database.pool, account);
    if (tied === undefined) return { kind: 'untied' };
    const person = await this.sessions.of(tied.personKey);
    return person === undefined ? { kind: 'signed-out' } : { kind: 'known', person };
  }

  /**
   * Asked in the transaction that records a verdict: the provider may have been asked meanwhile, for as
   * long as it took.
   */
  async isStill(
    client: Queryable,
    account: SignedAccount,
    personKey: string,
  ): Promise<'theirs' | 'untied' | 'of another secret'> {
    const channel = await findChannel(client, account.channelId);
    if (channel === undefined || this.inbound.of(channel)?.app !== account.app)
      return 'of another secret';
    const tied = await findAccount(client, account);
    return tied?.personKey === personKey ? 'theirs' : 'untied';
  }
}
