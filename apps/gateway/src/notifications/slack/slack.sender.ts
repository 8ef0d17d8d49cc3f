import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.ts';
import type { Attempt, Outgoing } from '../senders/attempt.ts';
import { findReference, keepReference } from './slack-account.sql.ts';
import { SlackApi } from './slack-api.ts';
import { slackForm, UNPARSED } from './slack-form.ts';

const postedSchema = z.object({ ts: z.string().regex(/^\d{1,12}\.\d{1,8}$/) });

/** These are said anew, beside the message: a change of it would reach nobody. */
const SAID_ANEW: ReadonlySet<string> = new Set(['approval.reminded', 'approval.escalated']);

/** Somebody deleted the message, or another bot or conversation was set: there is nothing to change. */
const IS_GONE: ReadonlySet<string> = new Set(['message_not_found', 'cant_update_message']);

/** One message for each approval, changed in place for everyone with whatever happens to it. */
@Injectable()
export class SlackSender {
  constructor(
    private readonly api: SlackApi,
    private readonly database: Database,
  ) {}

  async send({
    config,
    secrets,
    notice,
    channelId,
    thread,
    isFollowUp,
  }: Outgoing<'slack'>): Promise<Attempt> {
    if (secrets.botToken === undefined) {
      return { kind: 'refused', status: null, answer: 'the channel has no bot token' };
    }
    const access = { config, botToken: secrets.botToken };
    const isAnew = SAID_ANEW.has(notice.event);
    const ts = await findReference(this.database.pool, channelId, thread);
    // Buttons are on the one message that is changed in place, and on no other.
    const told = isAnew && ts !== undefined ? { ...notice, decision: null } : notice;
    const message = {
      channel: config.conversation,
      ...slackForm(told, config.withArguments),
      ...UNPARSED,
      unfurl_links: false,
      unfurl_media: false,
    };
    const post = async (): Promise<Attempt> => {
      const posted = await this.api.call(access, 'chat.postMessage', message);
      if (!posted.ok) return posted.failed;
      const { ts: reference } = postedSchema.parse(posted.answer);
      await keepReference(this.database.pool, channelId, thread, reference);
      return delivered('posted');
    };
    if (ts === undefined)
      return isFollowUp ? { kind: 'dropped', answer: 'nothing was posted about it' } : post();
    const changed = isAnew
      ? await this.api.call(access, 'chat.postMessage', {
          ...message,
          thread_ts: ts,
          reply_broadcast: true,
        })
      : await this.api.call(access, 'chat.update', { ...message, ts });
    if (changed.ok) return delivered('changed in place');
    // INVARIANT: whoever is asked has to know that it waits, whatever became of what was posted before.
    return !isFollowUp && IS_GONE.has(changed.error ?? '') ? post() : changed.failed;
  }
}

function delivered(how: string): Attempt {
  return { kind: 'delivered', status: 200, answer: how };
}
