import type { Severity } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import webPush from 'web-push';
import { HttpOutgoing } from '../../connections/http-outgoing.ts';
import { Database } from '../../platform/database.ts';
import type { Notice } from '../events/notice.ts';
import { unreachable, waitOf, type Attempt, type Outgoing } from '../senders/attempt.ts';
import { digestPush } from '../telling/digest-form.ts';
import { pushForm, type PushForm } from './push-form.ts';
import {
  endBrowser,
  findBrowser,
  noteReached,
  noteUnreached,
  secondsLeft,
  type BrowserRow,
} from './push-subscription.sql.ts';
import { PushVault } from './push-vault.ts';

/** Short: somebody's slow push service keeps one of the two workers for their browsers for as long. */
const TIMEOUT_MS = 5_000;
const DAY_S = 86_400;
const LEAST_S = 60;

/** Of RFC 8030. A telephone that sleeps wakes for `high` alone, and whoever asks waits. */
const URGENCY = {
  low: 'low',
  normal: 'high',
  high: 'high',
  critical: 'high',
} as const satisfies Record<Severity, webPush.Urgency>;

/** Pushes to one browser: signed as RFC 8292 and encrypted as RFC 8291 say, by the library. */
@Injectable()
export class PushSender {
  constructor(
    private readonly outgoing: HttpOutgoing,
    private readonly database: Database,
    private readonly vault: PushVault,
  ) {}

  async send(push: Outgoing<'push'>): Promise<Attempt> {
    const { pool } = this.database;
    const browser = await findBrowser(pool, push.recipient);
    if (browser === undefined || browser.channelId !== push.channelId) {
      return { kind: 'dropped', answer: 'the browser is not subscribed any more' };
    }
    if (browser.restMs > 0) return { kind: 'later', inMs: browser.restMs };
    const form =
      push.together.length > 0
        ? digestPush(push.together, browser.says)
        : pushForm(push.notice, browser.says);
    const attempt = await this.#post(push, browser, form);
    if (attempt.kind === 'delivered') await noteReached(pool, browser);
    if (attempt.kind === 'failed') await noteUnreached(pool, browser.service);
    return attempt;
  }

  async #post(
    { notice, config, secrets }: Outgoing<'push'>,
    browser: BrowserRow,
    form: PushForm,
  ): Promise<Attempt> {
    if (secrets.vapidKey === undefined) {
      return { kind: 'refused', status: null, answer: 'the channel has no key to sign with' };
    }
    const { endpoint, ...keys } = this.vault.open(browser.id, browser.sealed);
    const { headers, body } = webPush.generateRequestDetails(
      { endpoint, keys },
      JSON.stringify(form),
      {
        vapidDetails: {
          subject: config.subject,
          publicKey: config.publicKey,
          privateKey: secrets.vapidKey,
        },
        TTL: await this.#ttlOf(notice),
        urgency: URGENCY[notice.severity],
        topic: topicOf(form),
      },
    );
    try {
      const answer = await this.outgoing.request(endpoint, {
        method: 'POST',
        allowPrivate: config.allowPrivate,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
        ),
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer.body.on('error', () => undefined).destroy();
      return await this.#attemptOf(browser, answer.statusCode, answer.headers['retry-after']);
    } catch (error) {
      return forOneBrowser(unreachable(error));
    }
  }

  /** What asks is worth keeping for as long as somebody can decide; that it is over, for a day. */
  async #ttlOf({ facts }: Notice): Promise<number> {
    if (facts?.kind !== 'approval') return LEAST_S;
    if (facts.state !== 'held') return DAY_S;
    const left = await secondsLeft(this.database.pool, facts.approvalId);
    return Math.ceil(Math.min(DAY_S, Math.max(LEAST_S, left ?? LEAST_S)));
  }

  async #attemptOf(
    browser: BrowserRow,
    status: number,
    retryAfter: string | undefined,
  ): Promise<Attempt> {
    const answer = `the push service answered with HTTP ${status}`;
    if (status >= 200 && status < 300) return { kind: 'delivered', status, answer };
    if (status === 404 || status === 410) {
      if (!(await endBrowser(this.database.pool, browser))) return { kind: 'later', inMs: 0 };
      return { kind: 'dropped', answer: `${answer}: the subscription is over, and was removed` };
    }
    if (status === 429 || status >= 500) {
      return forOneBrowser({
        ...{ kind: 'failed', status, answer },
        ...waitOf(retryAfter),
        isAway: true,
      });
    }
    return { kind: 'refused', status, answer };
  }
}

/** Whatever is wrong with one browser's push service, the channel itself is not away. */
function forOneBrowser(attempt: Attempt): Attempt {
  return attempt.kind === 'failed' ? { ...attempt, isAway: false } : attempt;
}

/** A push service that still keeps an earlier message of the same topic replaces it: 32 characters at most. */
function topicOf({ approval, tag }: PushForm): string {
  return (approval ?? tag).replaceAll('-', '');
}
