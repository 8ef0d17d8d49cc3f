import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Environment } from '../../env.ts';
import { Database } from '../../platform/database.ts';
import type { Logger } from '../../platform/logger.ts';
import { randomBytes } from '../../platform/random.ts';
import { ENVIRONMENT, LOGGER } from '../../platform/tokens.ts';
import { insertOffer } from './slack-account.sql.ts';
import { accessOf, hashOf, type SlackAct } from './slack-act.ts';
import { SlackApi } from './slack-api.ts';
import { denyForm, UNPARSED, wordsFor } from './slack-form.ts';
import type { PressOutcome } from './slack-press.sql.ts';

const teamSchema = z.object({ team_id: z.string(), team: z.string() });

/** What whoever pressed a button is told, and nobody else. False, or logged, where Slack took no word. */
@Injectable()
export class SlackReplies {
  constructor(
    private readonly api: SlackApi,
    private readonly database: Database,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  tell(act: SlackAct, outcome: PressOutcome): Promise<boolean> {
    switch (outcome.kind) {
      case 'recorded':
        return this.#say(act, 'Your verdict is recorded.');
      case 'refused':
        return this.#say(act, outcome.why);
      case 'untied':
        return this.#offer(act);
      case 'signed-out':
        return this.#say(
          act,
          'Nothing was decided: sign in to Holdpoint first, so that the identity provider can be asked about your groups. Then press the button again, or decide there:',
        );
      default:
        return outcome satisfies never;
    }
  }

  /** Slack opens a dialog only within three seconds of the press. */
  async openForm(act: SlackAct, triggerId: string): Promise<void> {
    const opened = await this.api.call(accessOf(act), 'views.open', {
      trigger_id: triggerId,
      view: denyForm(act.button, act.channel.id),
    });
    if (!opened.ok) {
      await this.#say(
        act,
        'Slack opened no dialog. Press the button again, or deny it in Holdpoint.',
      );
    }
  }

  /** Slack's own word for the account is what its person recognizes it by. */
  async #offer(act: SlackAct): Promise<boolean> {
    const { userId, teamId } = act.user;
    const own = await this.#teamOf(act);
    if (own === undefined)
      return this.#say(
        act,
        'Nothing was decided: Holdpoint does not know who you are in Slack, and Slack did not say of which workspace its app is. Press the button again.',
      );
    // INVARIANT: an account of a workspace that shares the conversation is nobody's here: whoever runs that
    // workspace says who has its accounts.
    if (own.id !== teamId)
      return this.#say(
        act,
        'Nothing was decided: your Slack account is of another workspace than Holdpoint’s app, so nobody can decide by it. Decide in Holdpoint:',
      );
    const token = randomBytes(32).toString('base64url');
    const slackName = `${userId} in ${own.name.slice(0, 100)}, by the channel ${act.channel.title}`;
    await insertOffer(this.database.pool, hashOf(token), { ...act.user, slackName });
    return this.#say(
      act,
      'Nothing was decided: Holdpoint does not know who you are in Slack. Say so once, signed in there; the link is for you alone and good for ten minutes:',
      `${this.env.HOLDPOINT_PUBLIC_URL}/settings/slack?token=${token}`,
    );
  }

  /** The workspace that the app is installed in. */
  async #teamOf(
    act: SlackAct,
  ): Promise<{ readonly id: string; readonly name: string } | undefined> {
    const asked = await this.api.call(accessOf(act), 'auth.test', {});
    const parsed = teamSchema.safeParse(asked.ok ? asked.answer : undefined);
    return parsed.success ? { id: parsed.data.team_id, name: parsed.data.team } : undefined;
  }

  async #say(act: SlackAct, text: string, url?: string): Promise<boolean> {
    const said = await this.api.call(accessOf(act), 'chat.postEphemeral', {
      channel: act.channel.config.conversation,
      user: act.user.userId,
      ...wordsFor(text, url ?? `${this.env.HOLDPOINT_PUBLIC_URL}/inbox/${act.button.approval}`),
      ...UNPARSED,
    });
    if (!said.ok)
      this.logger.warn({ channel: act.channel.id }, 'Slack took no word for the person');
    return said.ok;
  }
}
