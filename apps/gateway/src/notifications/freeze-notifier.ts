import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database.ts';
import { newId } from '../platform/new-id.ts';
import type { FreezeEventFacts } from './events/event-facts.ts';
import { insertEvent, isHeard } from './events/event.sql.ts';
import { JobQueue } from './job-queue.ts';

/** Keeps for the channels that something was frozen, or that a freeze was lifted. */
@Injectable()
export class FreezeNotifier {
  constructor(private readonly jobs: JobQueue) {}

  /** In the transaction that freezes or lifts; `key` is what makes it this freeze and no other. */
  async queueIn(
    client: Queryable,
    event: 'freeze.set' | 'freeze.lifted',
    key: string,
    frozen: Omit<FreezeEventFacts, 'kind'>,
  ): Promise<void> {
    const thread = `freeze:${frozen.scope}:${key}`;
    if (!(await isHeard(client, event, thread))) return;
    const facts = { ...frozen, kind: 'freeze' } as const;
    await insertEvent(client, { id: newId(), thread, event, approvalId: null, facts });
    await this.jobs.spread(client, { thread });
  }
}
