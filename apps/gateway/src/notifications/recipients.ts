import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import { AskedPeople } from './asked-people.ts';
import type { ChannelRow } from './channels/channel.sql.ts';
import type { EventFacts } from './events/event-facts.ts';
import { browsersOf } from './push/push-subscription.sql.ts';

/** One of those whom a channel's message goes to. */
export interface Recipient {
  /** A person key, or the id of a browser; empty for all. */
  readonly recipient: string;
  /** Where it is for one person. */
  readonly personKey: string | null;
}

const ALL: Recipient = { recipient: '', personKey: null };

/** To whom a channel's message goes: one for all, or one for each person, or for each of their browsers. */
@Injectable()
export class Recipients {
  constructor(
    private readonly database: Database,
    private readonly asked: AskedPeople,
  ) {}

  async of(
    { id, config }: Pick<ChannelRow, 'id' | 'config'>,
    facts: EventFacts,
    at: Date,
  ): Promise<readonly Recipient[]> {
    switch (config.kind) {
      case 'webhook':
      case 'slack':
      case 'teams':
      case 'jira':
      case 'rest':
        return [ALL];
      case 'email':
        return [
          ...(config.to.length > 0 ? [ALL] : []),
          ...(config.toReviewers ? await this.#byMail(facts, at) : []),
        ];
      case 'push':
        return this.#byPush(id, facts, at);
      default:
        return config satisfies never;
    }
  }

  async #byMail(facts: EventFacts, at: Date): Promise<readonly Recipient[]> {
    if (facts.kind !== 'approval') return [];
    return (await this.asked.of(facts, at))
      .filter(({ hasEmail }) => hasEmail)
      .map(({ key }) => ({ recipient: key, personKey: key }));
  }

  async #byPush(channelId: string, facts: EventFacts, at: Date): Promise<readonly Recipient[]> {
    if (facts.kind !== 'approval') return [];
    const reviewers = (await this.asked.of(facts, at)).filter(({ isReviewer }) => isReviewer);
    const keys = reviewers.map(({ key }) => key);
    const browsers = await browsersOf(this.database.pool, channelId, keys);
    return browsers.map(({ id, personKey }) => ({ recipient: id, personKey }));
  }
}
