import { Injectable } from '@nestjs/common';
import { OpenSessions } from '../../identity/open-sessions.ts';
import { Database } from '../../platform/database.ts';
import type { ChannelPerson } from '../accounts/channel-people.ts';
import { findAccount, type SlackApp, type SlackUser } from './slack-account.sql.ts';

/** The person that a Slack account is tied to. */
@Injectable()
export class SlackPeople {
  constructor(
    private readonly database: Database,
    private readonly sessions: OpenSessions,
  ) {}

  async personOf(user: SlackUser & SlackApp): Promise<ChannelPerson> {
    const account = await findAccount(this.database.pool, user);
    if (account === undefined) return { kind: 'untied' };
    const person = await this.sessions.of(account.personKey);
    return person === undefined ? { kind: 'signed-out' } : { kind: 'known', person };
  }
}
