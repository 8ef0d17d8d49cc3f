import { cancelledRequestId } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { newId } from '../platform/new-id.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { awaitFreezes, frozenNow } from '../freezes/freeze.sql.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { whyFrozen } from '../freezes/why-frozen.ts';
import { recordOf, type Incoming } from './call.ts';
import { InFlight } from './in-flight.ts';
import { Judge } from './judge.ts';
import { toUpstreamError } from './upstream-failure.ts';
import { Upstream } from './upstream.ts';

const TIMEOUT_MS = 30_000;

/** Messages of an agent that ask for no answer: notifications, and replies to an upstream's requests. */
@Injectable()
export class SideMessages {
  constructor(
    private readonly ledger: Ledger,
    private readonly judge: Judge,
    private readonly inFlight: InFlight,
    private readonly upstream: Upstream,
    private readonly database: Database,
    private readonly freezes: FreezeStore,
  ) {}

  async handle(incoming: Incoming): Promise<void> {
    const { message } = incoming.frame;
    switch (message.kind) {
      case 'notification':
        return this.#notification(incoming);
      case 'result':
      case 'error':
        return this.#reply(incoming, message.id?.raw ?? null);
      case 'request':
        throw new GatewayError('internal', 'A request is not a side message.');
      default:
        return message satisfies never;
    }
  }

  async #notification(incoming: Incoming): Promise<void> {
    const cancelled = cancelledRequestId(incoming.frame.message);
    if (cancelled && this.inFlight.cancel(incoming, cancelled) === 'held') {
      // Nothing of the held call went upstream, so there is nothing to cancel there.
      await this.#record(incoming, 'call.cancelled', 'allow', { requestId: cancelled.raw });
      return void (await incoming.exchange.end(undefined, 202));
    }
    const verdict = await this.judge.judgeArriving(incoming.frame, {
      ...incoming,
      callId: newId(),
    });
    if (verdict.effect !== 'allow') {
      await this.#record(incoming, 'notification.dropped', 'deny', {
        explanation: verdict.decision.explanation,
      });
      return void (await incoming.exchange.end(undefined, 202));
    }
    await this.#record(incoming, 'notification.forwarded', 'allow', {});
    await this.#forward(incoming);
  }

  /**
   * Only a reply to a request that this session's upstream really made goes up. It goes on with a call, so
   * a freeze counts from its commit on, as for a claim: memory only spares the way to the database.
   */
  async #reply(incoming: Incoming, requestId: string | null): Promise<void> {
    const { caller, connection } = incoming;
    const frozen = this.freezes.over(caller.key, connection);
    if (frozen) throw new GatewayError('frozen', whyFrozen(frozen));
    const isFirst =
      requestId !== null &&
      (await this.database.transaction(async (client) => {
        await awaitFreezes(client);
        const why = await frozenNow(client, {
          callerKey: caller.key,
          connectionId: connection.id,
        });
        if (why !== undefined) throw new GatewayError('frozen', why);
        // One at a time, so that a request is answered once, on whichever replica.
        await client.query('select pg_advisory_xact_lock(hashtextextended($1, 4618))', [
          `${incoming.session.id} ${requestId}`,
        ]);
        const asked = await openRequest(client, incoming.session.id, requestId);
        if (!asked) return false;
        const reply = this.#entry(incoming, 'upstream.reply', 'allow', { requestId });
        await this.ledger.appendIn(client, { ...reply, ...asked });
        return true;
      }));
    if (!isFirst)
      throw new GatewayError(
        'unexpected_reply',
        'This reply belongs to no open request of the upstream in this session.',
      );
    await this.#forward(incoming);
  }

  async #forward(incoming: Incoming): Promise<void> {
    const answer = await this.upstream
      .post(incoming, AbortSignal.timeout(TIMEOUT_MS))
      .catch((error: unknown) => {
        throw toUpstreamError(error);
      });
    if (answer.kind === 'stream') answer.discard();
    const accepted = answer.status >= 200 && answer.status < 300;
    await incoming.exchange.end(undefined, accepted ? 202 : answer.status);
  }

  #record(
    incoming: Incoming,
    kind: string,
    effect: string,
    data: Readonly<Record<string, string>>,
  ): Promise<void> {
    return this.ledger.append(this.#entry(incoming, kind, effect, data));
  }

  #entry(
    incoming: Incoming,
    kind: string,
    effect: string,
    data: Readonly<Record<string, string>>,
  ): EntryDraft {
    return {
      ...recordOf(incoming, kind),
      effect,
      data,
      frames: [{ edge: 'agent-to-gateway', bytes: incoming.frame.bytes, sealed: true }],
    };
  }
}

/**
 * The open request of an upstream that a reply answers: the reply belongs to the same call. `json`, not
 * `jsonb`: an upstream may put U+0000 anywhere, which `jsonb` can't hold.
 */
async function openRequest(
  on: Queryable,
  sessionId: string,
  requestId: string,
): Promise<Pick<EntryDraft, 'callId' | 'approvalId' | 'method' | 'target'> | undefined> {
  const { rows } = await on.query<{
    call_id: string | null;
    approval_id: string | null;
    method: string | null;
  }>(
    `select e.call_id, e.approval_id, e.method from entry e
      where e.session_id = $1 and e.kind = 'upstream.request' and e.effect = 'allow'
       and e.content::json #>> '{data,requestId}' = $2
       and not exists (select 1 from entry r where r.session_id = e.session_id and r.kind = 'upstream.reply'
         and r.id > e.id and r.content::json #>> '{data,requestId}' = $2)
     order by e.id desc limit 1`,
    [sessionId, requestId],
  );
  const [asked] = rows;
  return (
    asked && {
      callId: asked.call_id ?? undefined,
      approvalId: asked.approval_id ?? undefined,
      method: asked.method ?? undefined,
      target: undefined,
    }
  );
}
