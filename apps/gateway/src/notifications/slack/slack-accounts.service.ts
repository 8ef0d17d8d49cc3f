import type {
  SlackAccountList,
  SlackOffer,
  SlackOfferInput,
  SlackUntie,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import {
  accountsOf,
  deleteAccount,
  findOffer,
  insertAccount,
  takeOffer,
} from './slack-account.sql.ts';
import { hashOf } from './slack-act.ts';

/** Which Slack accounts decide as whom: said by the person, signed in to the console. */
@Injectable()
export class SlackAccounts {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
  ) {}

  async list(person: SignedInPerson): Promise<SlackAccountList> {
    const rows = await accountsOf(this.database.pool, person.key);
    return {
      items: rows.map(({ teamId, userId, slackName, tiedAt }) => ({
        teamId,
        userId,
        slackName,
        tiedAt: tiedAt.toISOString(),
      })),
    };
  }

  async offer({ token }: SlackOfferInput): Promise<SlackOffer> {
    const offer = await findOffer(this.database.pool, hashOf(token));
    if (offer === undefined) throw overdue();
    const { teamId, userId, slackName } = offer;
    return { teamId, userId, slackName };
  }

  async tie({ token }: SlackOfferInput, person: SignedInPerson): Promise<SlackAccountList> {
    await this.database.transaction(async (client) => {
      const offer = await takeOffer(client, hashOf(token));
      if (offer === undefined) throw overdue();
      const account = { ...offer, personKey: person.key, personName: person.name };
      if (!(await insertAccount(client, account))) throw tied();
      await this.ledger.appendIn(client, {
        kind: 'slack.tied',
        who: person.key,
        target: offer.slackName,
        data: {
          person: person.name,
          team: offer.teamId,
          user: offer.userId,
          channel: offer.channelId,
        },
      });
    });
    return this.list(person);
  }

  async untie(user: SlackUntie, person: SignedInPerson): Promise<SlackAccountList> {
    await this.database.transaction(async (client) => {
      if (!(await deleteAccount(client, user, person.key))) {
        throw new GatewayError(
          'not_found',
          'This Slack account is not tied to you. Reload the list.',
        );
      }
      await this.ledger.appendIn(client, {
        kind: 'slack.untied',
        who: person.key,
        target: user.userId,
        data: { person: person.name, team: user.teamId, user: user.userId },
      });
    });
    return this.list(person);
  }
}

function overdue(): GatewayError {
  return new GatewayError(
    'not_found',
    'This link was used, or is older than ten minutes. Press the button in Slack again to get another one.',
  );
}

function tied(): GatewayError {
  return new GatewayError(
    'name_taken',
    'This Slack account is tied to somebody already. Whoever it is unties it under Account first.',
  );
}
