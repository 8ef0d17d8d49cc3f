import type { VerdictInput } from '@holdpoint/contracts';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { VerdictsService } from '../../approvals/verdicts.service.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { Envelope } from '../../platform/envelope.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import type { Logger } from '../../platform/logger.ts';
import { newId } from '../../platform/new-id.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { ChannelVault } from '../channels/channel-vault.ts';
import { findChannel, type ChannelRow } from '../channels/channel.sql.ts';
import { JobQueue } from '../job-queue.ts';
import { findAccount } from './slack-account.sql.ts';
import { hashOf, type SlackAct } from './slack-act.ts';
import { buttonSchema } from './slack-form.ts';
import { SlackPeople } from './slack-people.ts';
import {
  deletePress,
  insertPress,
  recordPress,
  settlePress,
  takePress,
  type PressOutcome,
  type PressRow,
} from './slack-press.sql.ts';
import { SlackReplies } from './slack-replies.ts';

/** Attempts to give the verdict, over about half a minute; the later ones only tell. */
const MOST_GIVEN = 5;
const MOST_TOLD = 12;

const verdictSchema = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('approve') }),
  z.object({ verdict: z.literal('deny'), reason: z.string() }),
]);
export type SlackVerdict = z.infer<typeof verdictSchema>;

const storedSchema = z.object({
  user: z.object({
    teamId: z.string(),
    userId: z.string(),
    channelId: z.string(),
    app: z.string(),
  }),
  button: buttonSchema,
  verdict: verdictSchema,
});
type StoredPress = z.infer<typeof storedSchema>;

/**
 * Verdicts from Slack: through the very service of a click in the console, with all its checks. Slack
 * gives its person no word but ours, so what it was answered for is kept first, and worked by a job.
 * INVARIANT: "recorded" is set by the transaction that records the verdict, and any other outcome keeps
 * that transaction from committing: nobody is told the one and gets the other.
 */
@Injectable()
export class SlackVerdicts implements OnApplicationBootstrap {
  constructor(
    private readonly replies: SlackReplies,
    private readonly people: SlackPeople,
    private readonly verdicts: VerdictsService,
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly vault: ChannelVault,
    private readonly jobs: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.workPresses(({ id }) => this.#work(id));
  }

  /** In the transaction that takes the request: it is answered only once this is committed. */
  async keep(client: Queryable, { user, button }: SlackAct, verdict: SlackVerdict): Promise<void> {
    const id = newId();
    const stored: StoredPress = { user, button, verdict };
    const sealed = this.envelope.sealText(JSON.stringify(stored), contextOf(id));
    await insertPress(client, { id, channelId: user.channelId, sealed });
    await this.jobs.press(client, { id, channelId: user.channelId });
  }

  /** Decides nothing, so nothing is kept of it: who sees no dialog knows that they did not deny. */
  async askWhy(act: SlackAct, triggerId: string): Promise<void> {
    const { kind } = await this.people.personOf(act.user);
    if (kind === 'known') return this.replies.openForm(act, triggerId);
    await this.replies.tell(act, { kind });
  }

  /** Throws where it has to be tried again. */
  async #work(id: string): Promise<void> {
    const { pool } = this.database;
    const press = await takePress(pool, id);
    if (press === undefined) return;
    const stored = storedSchema.parse(
      JSON.parse(this.envelope.openText(press.sealed, contextOf(id))),
    );
    const act = await this.#actOf(press, stored);
    if (act === undefined) {
      this.logger.error({ press: id }, 'a press is of no channel that anybody could be told by');
      return deletePress(pool, id);
    }
    const found = press.outcome ?? (await this.#give(press, act, stored.verdict));
    const outcome = await settlePress(pool, id, found);
    if (outcome === undefined) return;
    if (!(await this.replies.tell(act, outcome))) {
      if (press.attempts < MOST_TOLD) throw new Error('Slack took no word for the person.');
      this.logger.error({ press: id, outcome }, 'nobody could be told what became of a press');
    }
    await deletePress(pool, id);
  }

  async #actOf(press: PressRow, { user, button }: StoredPress): Promise<SlackAct | undefined> {
    const channel = await findChannel(this.database.pool, press.channelId);
    if (channel?.config.kind !== 'slack') return undefined;
    const { botToken } = this.vault.open(channel.id, channel.secrets_sealed);
    if (botToken === undefined) return undefined;
    return { channel: { ...channel, config: channel.config }, botToken, user, button };
  }

  async #give(press: PressRow, act: SlackAct, verdict: SlackVerdict): Promise<PressOutcome> {
    const why = press.attempts > MOST_GIVEN ? FAILED : this.#whyNot(press, act, verdict);
    if (why !== undefined) return { kind: 'refused', why };
    try {
      const known = await this.people.personOf(act.user);
      if (known.kind !== 'known') return { kind: known.kind };
      await this.verdicts.give(act.button.approval, inputOf(act, verdict), known.person, {
        via: 'slack',
        within: async (client) => {
          if (!(await recordPress(client, press.id)))
            throw new Error('Something else became of the press.');
          await this.#checkStill(client, act, known.person.key);
        },
      });
      return { kind: 'recorded' };
    } catch (error) {
      if (error instanceof GatewayError) return { kind: 'refused', why: error.message };
      this.logger.error({ error: String(error), press: press.id }, 'a verdict from Slack failed');
      if (press.attempts < MOST_GIVEN) throw error;
      return { kind: 'refused', why: FAILED };
    }
  }

  /** The provider may have been asked meanwhile, for as long as it took. */
  async #checkStill(client: Queryable, { channel, user }: SlackAct, personKey: string) {
    const now = await findChannel(client, channel.id);
    const why = now === undefined ? WAS_REMOVED : this.#whyNotBy(now, user);
    if (why !== undefined) throw new GatewayError('callback_refused', why);
    if ((await findAccount(client, user))?.personKey !== personKey)
      throw new GatewayError('account_untied', WAS_UNTIED);
  }

  #whyNotBy(channel: ChannelRow, user: SlackAct['user']): string | undefined {
    const { signingSecret } = this.vault.open(channel.id, channel.secrets_sealed);
    if (!channel.enabled) return `${NOT_RECORDED} this channel is switched off. ${DECIDE_THERE}`;
    return signingSecret === undefined || hashOf(signingSecret) !== user.app
      ? `${NOT_RECORDED} the channel’s signing secret was changed meanwhile. Press the button again, or decide in Holdpoint.`
      : undefined;
  }

  /** What may have changed between the press and its verdict. */
  #whyNot(press: PressRow, { channel, user, button }: SlackAct, verdict: SlackVerdict) {
    const why = this.#whyNotBy(channel, user);
    if (why !== undefined) return why;
    if (verdict.verdict === 'deny') return undefined;
    // No message with such a button was ever made: whoever pressed it wrote it.
    if (button.digest === null) return 'Open the call in Holdpoint to approve it.';
    return press.isLate
      ? `${NOT_RECORDED} Holdpoint got to it only more than ten minutes after you pressed. ${DECIDE_THERE}`
      : undefined;
  }
}

const NOT_RECORDED = 'Your verdict was not recorded:';
const DECIDE_THERE = 'Decide in Holdpoint.';
const WAS_REMOVED = `${NOT_RECORDED} this channel was removed. ${DECIDE_THERE}`;
const WAS_UNTIED = `${NOT_RECORDED} the account was untied meanwhile. ${DECIDE_THERE}`;
const FAILED = `${NOT_RECORDED} the gateway failed. ${DECIDE_THERE}`;

const contextOf = (id: string) => `slack-press:${id}`;

function inputOf({ button }: SlackAct, verdict: SlackVerdict): VerdictInput {
  const { step, digest } = button;
  return verdict.verdict === 'deny'
    ? { ...verdict, step }
    : { ...verdict, step, shown: { digest: digest ?? '', lastSame: null } };
}
