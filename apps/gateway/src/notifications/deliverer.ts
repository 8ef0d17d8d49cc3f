import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ConnectionRepository } from '../connections/connection.repository.ts';
import { CredentialVault } from '../connections/credential-vault.ts';
import { Database, type Queryable } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { newId } from '../platform/new-id.ts';
import { LOGGER } from '../platform/tokens.ts';
import { AskedPeople } from './asked-people.ts';
import { ChannelVault } from './channels/channel-vault.ts';
import {
  countFailure,
  findChannel,
  forgetFailures,
  type ChannelRow,
} from './channels/channel.sql.ts';
import { findEvent } from './events/event.sql.ts';
import { isAsking, type Notice } from './events/notice.ts';
import { JobQueue, type Lane } from './job-queue.ts';
import {
  claimNext,
  insertPutOff,
  MAX_ATTEMPTS,
  noteShown,
  postpone,
  recordOutcome,
  wasTold,
  type ClaimedMessage,
  type Outcome,
} from './messages/message.sql.ts';
import { wasAskedAnew, wasOvertaken } from './messages/overtaken.sql.ts';
import { retryDelayMs } from './retry-delay.ts';
import { PushSender } from './push/push.sender.ts';
import type { Attempt } from './senders/attempt.ts';
import { EmailSender } from './senders/email.sender.ts';
import { TeamsSender } from './senders/teams.sender.ts';
import { WebhookSender } from './senders/webhook.sender.ts';
import { SlackSender } from './slack/slack.sender.ts';
import { Spreader } from './spreader.ts';
import { claimTogether, lanesFollowed } from './telling/held-back.sql.ts';
import { TicketSender } from './tickets/ticket-sender.ts';

/** Sends what waits in a lane, in order, and keeps what came of it. */
@Injectable()
export class Deliverer implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: JobQueue,
    private readonly database: Database,
    private readonly spreader: Spreader,
    private readonly connections: ConnectionRepository,
    private readonly credentials: CredentialVault,
    private readonly vault: ChannelVault,
    private readonly webhooks: WebhookSender,
    private readonly emails: EmailSender,
    private readonly slack: SlackSender,
    private readonly teams: TeamsSender,
    private readonly push: PushSender,
    private readonly asked: AskedPeople,
    private readonly tickets: TicketSender,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.workSends((lane) => this.deliver(lane));
  }

  async deliver(lane: Lane): Promise<void> {
    for (;;) {
      const messages = await this.#claim(lane);
      if (messages.length === 0) return;
      const goesOn = await this.#deliver(messages);
      await this.#wakeLanesBeside(lane, messages);
      if (!goesOn) return;
    }
  }

  /** What was told together is of other lanes, too, which nobody works. */
  async #wakeLanesBeside(lane: Lane, messages: readonly ClaimedMessage[]): Promise<void> {
    const { pool } = this.database;
    const others = messages.map(({ thread }) => thread).filter((thread) => thread !== lane.thread);
    if (others.length === 0) return;
    for (const each of await lanesFollowed(pool, lane, others)) await this.jobs.send(pool, each);
  }

  /** Several only for one person: what was held back for them goes out together. */
  async #claim(lane: Lane): Promise<readonly ClaimedMessage[]> {
    if (lane.recipient !== '')
      return this.database.transaction((client) => claimTogether(client, lane));
    const message = await claimNext(this.database.pool, lane);
    return message === undefined ? [] : [message];
  }

  /** False where it has to be tried again: what comes after it waits. */
  async #deliver(messages: readonly ClaimedMessage[]): Promise<boolean> {
    const channelId = messages[0]?.channel_id ?? null;
    const channel =
      channelId === null ? undefined : await findChannel(this.database.pool, channelId);
    if (channel !== undefined && channel.rest_ms > 0) {
      await this.#rest(messages, channel.rest_ms);
      return false;
    }
    const startedAt = performance.now();
    const told: ClaimedMessage[] = [];
    for (const message of messages) {
      const answer = await this.#whyNot(message, channel);
      if (answer === undefined) told.push(message);
      else await this.#record([message], channel, { kind: 'dropped', answer }, startedAt);
    }
    const [first] = told;
    if (first === undefined) return true;
    const attempt = await this.#attempt(first, told, channel).catch((error: unknown) =>
      this.#unmade(first.id, error),
    );
    if (attempt.kind === 'later') {
      await this.#rest(told, attempt.inMs);
      return false;
    }
    return this.#record(told, channel, attempt, startedAt);
  }

  async #record(
    messages: readonly ClaimedMessage[],
    channel: ChannelRow | undefined,
    attempt: Tried,
    startedAt: number,
  ): Promise<boolean> {
    const outcomes = outcomesOf(attempt, messages);
    await this.database.transaction(async (client) => {
      for (const [message, outcome] of outcomes) {
        await recordOutcome(client, message.id, outcome, performance.now() - startedAt);
        if (outcome.state === 'retrying')
          await this.jobs.send(client, laneOf(message), outcome.inMs);
      }
      if (channel && attempt.kind === 'failed' && attempt.isAway)
        await countFailure(client, channel.id);
      if (channel && attempt.kind === 'delivered') await forgetFailures(client, channel.id);
      const [message] = messages;
      if (message !== undefined && attempt.kind === 'delivered')
        await this.#putOff(client, message, attempt.putOff ?? []);
    });
    for (const [{ id }, { status, answer: error, state }] of outcomes) {
      if (state === 'retrying' || state === 'failed')
        this.logger.warn({ message: id, status, error, state }, 'a message was not delivered');
    }
    return outcomes.some(([, { state }]) => state !== 'retrying');
  }

  async #putOff(
    client: Queryable,
    message: ClaimedMessage,
    recipients: readonly string[],
  ): Promise<void> {
    for (const recipient of recipients) {
      const inMs = retryDelayMs(1, Math.random());
      await insertPutOff(client, { id: newId(), from: message.id, recipient, inMs });
      await this.jobs.send(client, { ...laneOf(message), recipient }, inMs);
    }
  }

  /** The channel failed several times in a row: it is left alone, and so are the workers. */
  async #rest(messages: readonly ClaimedMessage[], restMs: number): Promise<void> {
    const inMs = restMs + Math.random() * 1000;
    await this.database.transaction(async (client) => {
      for (const message of messages) {
        await postpone(client, message.id, inMs);
        await this.jobs.send(client, laneOf(message), inMs);
      }
    });
  }

  /** Why it would say nothing true any more. */
  async #whyNot(
    message: ClaimedMessage,
    channel: ChannelRow | undefined,
  ): Promise<string | undefined> {
    if (isAsking(message.event) && message.approval_state !== 'held')
      return 'settled before it was delivered';
    if (isAsking(message.event) && (await wasAskedAnew(this.database.pool, message.id)))
      return 'a step asked anew before it was delivered';
    if (await this.#isNews(message)) return 'they were never told that it waits';
    if (message.connection_id !== null) return undefined;
    if (channel === undefined) return 'the channel was removed';
    if (!channel.enabled) return 'the channel is switched off';
    if (await this.#isShownSince(message, channel)) return 'what came after it is shown already';
    return this.#whyNotThem(message, channel);
  }

  /** INVARIANT: a message that is changed in place never goes back to what it said before. */
  async #isShownSince(message: ClaimedMessage, { config }: ChannelRow): Promise<boolean> {
    if (config.kind !== 'slack' || isAsking(message.event)) return false;
    return wasOvertaken(this.database.pool, message.id);
  }

  /**
   * INVARIANT: what a browser is told goes to somebody who could decide about it by what the provider
   * said last, and not long ago. A subscription is no right of its own, and outlives every session.
   * A mail goes to anybody of whom it isn't known that they are not asked any more.
   */
  async #whyNotThem(
    { person_key: person, event_id: id, event }: ClaimedMessage,
    { config: { kind } }: ChannelRow,
  ): Promise<string | undefined> {
    if (kind !== 'push' && (person === null || !isAsking(event))) return undefined;
    const facts = id === null ? undefined : (await findEvent(this.database.pool, id))?.facts;
    const isKnown = person !== null && facts?.kind === 'approval';
    if (kind === 'push')
      return isKnown && (await this.asked.includes(person, facts, new Date()))
        ? undefined
        : 'as far as is known they could not decide about it any more';
    return !isKnown || (await this.asked.isStill(person, facts))
      ? undefined
      : 'as far as is known they are not asked any more';
  }

  async #attempt(
    first: ClaimedMessage,
    messages: readonly ClaimedMessage[],
    channel: ChannelRow | undefined,
  ): Promise<Attempt> {
    if (first.connection_id !== null) return this.#postOfConnection(first, first.connection_id);
    // Of what happened to one call the latest says it all.
    const latest = new Map<string, { message: ClaimedMessage; notice: Notice }>();
    for (const message of messages) {
      const notice = await this.#noticeOf(message);
      if (notice !== undefined) latest.set(message.thread, { message, notice });
    }
    const [one, ...others] = latest.values();
    if (one === undefined || channel === undefined)
      return { kind: 'dropped', answer: 'what it was about is gone' };
    const together = others.length === 0 ? [] : [one, ...others].map(({ notice }) => notice);
    return this.#send(channel, one.message, one.notice, together);
  }

  async #noticeOf({ event_id: id }: ClaimedMessage): Promise<Notice | undefined> {
    const event = id === null ? undefined : await findEvent(this.database.pool, id);
    return event && this.spreader.open(event);
  }

  /** How something ended is said to a person who was told of it, and is no news of its own. */
  async #isNews(message: ClaimedMessage): Promise<boolean> {
    if (message.person_key === null || isAsking(message.event)) return false;
    return !(await wasTold(this.database.pool, message.id));
  }

  /** One attempt, whatever comes of it, outside of any lane. */
  async test(channel: ChannelRow, message: Sent, notice: Notice): Promise<Tried> {
    const attempt = await this.#send(channel, message, notice, []).catch((error: unknown) =>
      this.#unmade(message.id, error),
    );
    return attempt.kind === 'later' ? RESTS : attempt;
  }

  #unmade(message: string, error: unknown): Attempt {
    this.logger.error({ error: String(error), message }, 'a message could not be made');
    return UNMADE;
  }

  async #send(
    channel: ChannelRow,
    message: Sent,
    notice: Notice,
    together: readonly Notice[],
  ): Promise<Attempt> {
    const { config } = channel;
    const outgoing = {
      messageId: message.id,
      channelId: channel.id,
      thread: message.thread,
      recipient: message.recipient,
      isFollowUp: message.is_follow_up,
      notice,
      together,
      secrets: this.vault.open(channel.id, channel.secrets_sealed),
    };
    switch (config.kind) {
      case 'webhook':
        if (config.withArguments && config.verdicts)
          await noteShown(this.database.pool, message.id);
        return this.webhooks.send({ ...outgoing, config });
      case 'email':
        return this.emails.send({ ...outgoing, config });
      case 'slack':
        return this.slack.send({ ...outgoing, config });
      case 'teams':
        return this.teams.send({ ...outgoing, config });
      case 'push':
        return this.push.send({ ...outgoing, config });
      case 'jira':
        return this.tickets.send({ ...outgoing, config });
      case 'rest':
        return this.tickets.send({ ...outgoing, config });
      default:
        return config satisfies never;
    }
  }

  async #postOfConnection(message: ClaimedMessage, connectionId: string): Promise<Attempt> {
    const stored = await this.connections.byId(connectionId);
    if (stored?.record.webhook == null || stored.webhookSecretSealed === null) {
      return { kind: 'dropped', answer: 'the connection has no webhook any more' };
    }
    const secret = this.credentials.openWebhookSecret(connectionId, stored.webhookSecretSealed);
    return this.webhooks.post(message.id, { ...stored.record.webhook, secret }, message.body ?? '');
  }
}

type Sent = Pick<ClaimedMessage, 'id' | 'thread' | 'recipient' | 'is_follow_up'>;

function laneOf({ channel_id, connection_id, thread, recipient }: ClaimedMessage): Lane {
  return { place: channel_id ?? connection_id ?? '', thread, recipient };
}

type Tried = Exclude<Attempt, { kind: 'later' }>;

const RESTS: Tried = {
  kind: 'failed',
  status: null,
  answer: 'what it goes through could not be reached several times, and rests',
  isAway: false,
};

/** A fault of this gateway, such as a secret that its master key does not open. */
const UNMADE: Attempt = {
  kind: 'failed',
  status: null,
  answer: 'the gateway could not make the message; its log says why',
  isAway: false,
};

/** Each by its own attempts, however old what it was told with is; those that go on stay together. */
function outcomesOf(
  attempt: Tried,
  messages: readonly ClaimedMessage[],
): readonly (readonly [ClaimedMessage, Outcome])[] {
  const isLast = ({ attempts }: ClaimedMessage) => attempts + 1 >= MAX_ATTEMPTS;
  const goOn = messages.filter((message) => !isLast(message)).map(({ attempts }) => attempts);
  const together = outcomeOf(attempt, Math.max(0, ...goOn));
  return messages.map((message) => [
    message,
    isLast(message) ? outcomeOf(attempt, message.attempts) : together,
  ]);
}

function outcomeOf(attempt: Tried, earlier: number): Outcome {
  switch (attempt.kind) {
    case 'delivered':
      return { ...told(attempt), state: 'delivered' };
    case 'refused':
      return { ...told(attempt), state: 'failed' };
    case 'dropped':
      return { state: 'dropped', status: null, answer: attempt.answer, inMs: 0 };
    case 'failed': {
      if (earlier + 1 >= MAX_ATTEMPTS) return { ...told(attempt), state: 'failed' };
      const inMs = Math.max(retryDelayMs(earlier + 1, Math.random()), attempt.retryAfterMs ?? 0);
      return { ...told(attempt), state: 'retrying', inMs };
    }
    default:
      return attempt satisfies never;
  }
}

function told({ status, answer }: Extract<Attempt, { status: number | null }>) {
  return { status, answer: answer.toWellFormed().replaceAll('\0', '').slice(0, 500), inMs: 0 };
}
