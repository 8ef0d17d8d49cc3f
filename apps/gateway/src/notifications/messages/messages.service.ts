import type { MessagePage, MessageQuery, Replayed, ReplayInput } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { JobQueue } from '../job-queue.ts';
import { withoutScheme } from '../senders/address-recipient.ts';
import { attemptsOf, listMessages, revive } from './message.sql.ts';

const PAGE = 50;

/** The log of what a channel was told. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly jobs: JobQueue,
  ) {}

  async page(channelId: string, { state, cursor }: MessageQuery): Promise<MessagePage> {
    const { pool } = this.database;
    const asked = { state: state ?? null, before: cursor ?? null, limit: PAGE + 1 };
    const rows = await listMessages(pool, { channelId }, asked);
    const shown = rows.slice(0, PAGE);
    const attempts = await attemptsOf(
      pool,
      shown.map(({ id }) => id),
    );
    return {
      items: shown.map((row) => ({
        id: row.id,
        event: row.event,
        approvalId: row.approval_id,
        recipient:
          row.recipient === '' ? null : (row.recipient_name ?? withoutScheme(row.recipient)),
        state: row.state,
        attempts: attempts
          .filter((attempt) => attempt.message_id === row.id)
          .map(({ number, at, took_ms: tookMs, delivered, status, answer }) => ({
            number,
            at: at.toISOString(),
            tookMs,
            delivered,
            status,
            answer,
          })),
        reason: row.last_error,
        nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
        heldBackUntil: row.held_back_until?.toISOString() ?? null,
        createdAt: row.created_at.toISOString(),
        deliveredAt: row.delivered_at?.toISOString() ?? null,
      })),
      next: rows.length > PAGE ? (shown.at(-1)?.id ?? null) : null,
    };
  }

  /** Dead letters go out once more. What was settled meanwhile is noticed when it is their turn. */
  async replay(
    channelId: string,
    { message }: ReplayInput,
    person: SignedInPerson,
  ): Promise<Replayed> {
    return this.database.transaction(async (client) => {
      const channel = await findChannel(client, channelId);
      if (channel === undefined) {
        throw new GatewayError('not_found', 'There is no such channel. Reload the list.');
      }
      const revived = await revive(client, channelId, message);
      if (revived.length === 0) {
        const what = 'Only a message that was given up can be sent again. Reload to see its state.';
        throw new GatewayError('settled', what);
      }
      for (const { lane } of revived) await this.jobs.send(client, lane);
      await this.ledger.appendIn(client, {
        kind: 'message.replayed',
        who: person.key,
        target: channel.title,
        data: { person: person.name, channel: channelId, messages: revived.map(({ id }) => id) },
      });
      return { replayed: revived.length };
    });
  }
}
