import { createHash } from 'node:crypto';
import {
  ASKING_EVENTS,
  callbackPayloadSchema,
  type CallbackAnswer,
  type CallbackMoved,
  type CallbackTie,
  type CallbackVerdict,
  type VerdictInput,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { VerdictsService } from '../../approvals/verdicts.service.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { jsonOf } from '../../platform/json-of.ts';
import type { SignedAccount } from '../accounts/channel-account.sql.ts';
import { ChannelAccounts } from '../accounts/channel-accounts.service.ts';
import { ChannelPeople } from '../accounts/channel-people.ts';
import { findEvent } from '../events/event.sql.ts';
import { givenByTicket, type Given } from '../tickets/moved-ticket.ts';
import { findTicket } from '../tickets/ticket.sql.ts';
import { Spreader } from '../spreader.ts';
import { askedBy, findCallback, settleCallback, type CallbackKey } from './callback.sql.ts';

/** A message that somebody who has the channel's secret for verdicts signed, just now. */
export interface SignedCallback {
  readonly channelId: string;
  readonly kind: 'webhook' | 'rest';
  /** SHA-256 of that secret. */
  readonly app: string;
  /** Of the message, as its sender names it. */
  readonly id: string;
  readonly text: string;
}

/** The id has an outcome already: whatever this transaction was about to do is undone. */
class AlreadySettled extends Error {}

/**
 * Verdicts that come back on a webhook channel: through the very service of a click in the console, with
 * all its checks.
 * INVARIANT: an id has one outcome. "Recorded" is set by the transaction that records the verdict, so
 * nobody is told the one and gets the other, however often and however fast a message is sent again.
 */
@Injectable()
export class Callbacks {
  constructor(
    private readonly database: Database,
    private readonly verdicts: VerdictsService,
    private readonly accounts: ChannelAccounts,
    private readonly people: ChannelPeople,
    private readonly spreader: Spreader,
  ) {}

  /** @throws GatewayError what a click in the console is refused with, and the codes of callbacks */
  async take(signed: SignedCallback): Promise<CallbackAnswer> {
    const key = { channelId: signed.channelId, id: signed.id, bodyHash: hashOf(signed.text) };
    const earlier = await this.#outcomeOf(key);
    if (earlier !== undefined) return earlier;
    const payload = parsed(signed.text);
    try {
      return payload.type === 'account.tie'
        ? await this.#offer(signed, key, payload)
        : await this.#give(signed, key, payload);
    } catch (error) {
      if (error instanceof GatewayError && isFinal(error)) {
        const { code, message } = error;
        await settleCallback(this.database.pool, key, { code, message });
      } else if (!(error instanceof AlreadySettled)) throw error;
      const outcome = await this.#outcomeOf(key);
      if (outcome === undefined) throw error;
      return outcome;
    }
  }

  /** The answer that this very message got before. */
  async #outcomeOf(key: CallbackKey): Promise<CallbackAnswer | undefined> {
    const known = await findCallback(this.database.pool, key);
    if (known === undefined) return undefined;
    if (known.bodyHash !== key.bodyHash) {
      throw new GatewayError(
        'callback_reused',
        'Nothing was recorded: a message with this webhook-id and another body was here before. Give each message an id of its own.',
      );
    }
    const { outcome } = known;
    if ('code' in outcome) throw new GatewayError(outcome.code, outcome.message);
    return outcome;
  }

  async #give(
    signed: SignedCallback,
    key: CallbackKey,
    payload: CallbackVerdict | CallbackMoved,
  ): Promise<CallbackAnswer> {
    const given = await this.#givenBy(signed, payload);
    const { channelId, app } = signed;
    const account = { channelId, app, account: payload.actor.id };
    const known = await this.people.personOf(account);
    if (known.kind === 'untied') throw untied();
    if (known.kind === 'signed-out') throw signedOut();
    const answer = { recorded: true } as const;
    const within = async (client: Queryable) => {
      await settleOnce(client, key, answer);
      await this.#checkStillTied(client, account, known.person.key);
    };
    const via = payload.type === 'verdict' ? 'webhook' : 'ticket';
    await this.verdicts.give(given.approval, given.input, known.person, { via, within });
    return answer;
  }

  async #checkStillTied(client: Queryable, account: SignedAccount, personKey: string) {
    const still = await this.people.isStill(client, account, personKey);
    if (still === 'of another secret') {
      throw new GatewayError(
        'callback_refused',
        'Nothing was recorded: the channel takes no verdicts any more, or only by another secret.',
      );
    }
    if (still === 'untied') throw untied();
  }

  async #offer(
    { channelId, app }: SignedCallback,
    key: CallbackKey,
    { actor: { id: account, name = account }, code }: CallbackTie,
  ): Promise<CallbackAnswer> {
    const answer = { offered: true } as const;
    await this.database.transaction(async (client) => {
      await settleOnce(client, key, answer);
      await this.accounts.offer(client, { channelId, app, account, name, code });
    });
    return answer;
  }

  async #givenBy(signed: SignedCallback, payload: CallbackVerdict | CallbackMoved): Promise<Given> {
    if (payload.type === 'ticket.moved') {
      const ticket = await findTicket(this.database.pool, signed.channelId, payload.ticket);
      return givenByTicket(ticket, payload);
    }
    // INVARIANT: by tickets nobody decides but by a ticket that still asks.
    if (signed.kind !== 'webhook') throw notByMessages();
    await this.#checkTold(signed, payload);
    return { approval: payload.approval, input: inputOf(payload) };
  }

  /**
   * INVARIANT: a channel decides only about what it was asked, for the step that it was asked about, and
   * approves only what a message to it showed whole, whatever its settings say by now. A digest has no
   * key, so whoever knows the call otherwise could compute it.
   */
  async #checkTold({ channelId }: SignedCallback, payload: CallbackVerdict): Promise<void> {
    const asked = await this.#askedOf(channelId, payload.approval);
    if (asked.length === 0) {
      throw new GatewayError(
        'not_found',
        'Nothing was recorded: this channel was asked about no such approval. It decides only about those.',
      );
    }
    const step = payload.step - 1;
    const ofStep = asked.filter(
      ({ event: { facts } }) => facts.kind === 'approval' && facts.current === step,
    );
    if (ofStep.length === 0) {
      throw new GatewayError(
        'not_in_step',
        'Nothing was recorded: this channel was not asked about that step. It decides the steps that its messages name.',
      );
    }
    if (payload.verdict === 'deny') return;
    const isShown = ofStep.some(
      (one) => one.isShown && this.spreader.open(one.event)?.decision?.digest === payload.digest,
    );
    if (isShown) return;
    throw new GatewayError(
      'shown_differs',
      'Nothing was recorded: no message to this channel showed this call whole under that digest. Open the call in Holdpoint to approve it.',
    );
  }

  async #askedOf(channelId: string, approvalId: string) {
    const { pool } = this.database;
    const asked = await askedBy(pool, channelId, approvalId, ASKING_EVENTS);
    const events = await Promise.all(
      asked.map(async ({ eventId, isShown }) => ({
        event: await findEvent(pool, eventId),
        isShown,
      })),
    );
    return events.flatMap(({ event, isShown }) =>
      event === undefined ? [] : [{ event, isShown }],
    );
  }
}

function parsed(text: string): CallbackVerdict | CallbackMoved | CallbackTie {
  const result = callbackPayloadSchema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => [path.join('.'), message]);
  throw new GatewayError(
    'invalid_input',
    'Nothing was recorded: the body is not as the schema of callbacks says. It is at GET /api/channels/callback-schema.',
    { fields: Object.fromEntries(faults) },
  );
}

function inputOf(payload: CallbackVerdict): VerdictInput {
  const step = payload.step - 1;
  if (payload.verdict === 'deny') return { verdict: 'deny', step, reason: payload.reason.trim() };
  const { digest, reason } = payload;
  return { verdict: 'approve', step, reason, shown: { digest, lastSame: null } };
}

async function settleOnce(client: Queryable, key: CallbackKey, answer: CallbackAnswer) {
  if (!(await settleCallback(client, key, answer))) throw new AlreadySettled();
}

/** Of a fault that passes by itself nothing is kept: the message may come again. */
function isFinal({ httpStatus }: GatewayError): boolean {
  return httpStatus < 500 && httpStatus !== 429;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function notByMessages(): GatewayError {
  return new GatewayError(
    'invalid_input',
    'Nothing was recorded: this channel opens tickets, and decides by those alone. Send ticket.moved.',
  );
}

function untied(): GatewayError {
  return new GatewayError(
    'account_untied',
    'Nothing was recorded: nobody said that this account is theirs. Its person ties it once, signed in to Holdpoint, under Account → Accounts elsewhere; then the verdict is given anew.',
  );
}

function signedOut(): GatewayError {
  return new GatewayError(
    'sign_in_again',
    'Nothing was recorded: sign in to Holdpoint first, so that the identity provider can be asked about your groups. Then give the verdict anew, or decide there.',
  );
}
