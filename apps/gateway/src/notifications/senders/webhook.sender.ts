import { approvalFactsSchema, type WebhookConfig, type WebhookPayload } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { HttpOutgoing } from '../../connections/http-outgoing.ts';
import type { Notice } from '../events/notice.ts';
import { attemptOf, unreachable, type Attempt, type Outgoing } from './attempt.ts';

const TIMEOUT_MS = 10_000;

/** Where a webhook leads, and what it is signed with. */
export interface WebhookTarget {
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly secret: string;
}

/** Posts messages, signed as Standard Webhooks. At least once: receivers compare ids. */
@Injectable()
export class WebhookSender {
  constructor(private readonly outgoing: HttpOutgoing) {}

  async send({ messageId, notice, config, secrets }: Outgoing<'webhook'>): Promise<Attempt> {
    if (secrets.signing === undefined) {
      return { kind: 'refused', status: null, answer: 'the channel has no secret to sign with' };
    }
    const body = JSON.stringify(payloadOf(notice, config));
    return this.post(messageId, { ...config, secret: secrets.signing }, body);
  }

  async post(
    messageId: string,
    { url, allowPrivate, secret }: WebhookTarget,
    body: string,
  ): Promise<Attempt> {
    try {
      const answer = await this.outgoing.request(url, {
        method: 'POST',
        allowPrivate,
        headers: signedHeaders(secret, { id: messageId, payload: body }, new Date()),
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer.body.on('error', () => undefined).destroy();
      const retryAfter = answer.headers['retry-after'];
      return attemptOf(answer.statusCode, retryAfter);
    } catch (error) {
      return unreachable(error);
    }
  }
}

/** As the published schema says. */
function payloadOf(
  notice: Notice,
  { withArguments, verdicts }: Pick<WebhookConfig, 'withArguments' | 'verdicts'>,
): WebhookPayload {
  const { event, at: timestamp, sentence, severity, facts, link } = notice;
  if (event === 'channel.test' || facts === null) {
    return { type: 'channel.test', version: 1, timestamp, data: { sentence, link } };
  }
  if (event === 'freeze.set' || event === 'freeze.lifted') {
    if (facts.kind !== 'freeze') throw new Error('A freeze event has the facts of a freeze.');
    const { scope, title, reason, person } = facts;
    return {
      type: event,
      version: 1,
      timestamp,
      data: { sentence, severity, scope, title, reason, person, link },
    };
  }
  if (facts.kind !== 'approval') throw new Error('An approval event has the facts of an approval.');
  const { steps, current, connection } = facts;
  const step = current === null ? undefined : steps[current];
  const asked =
    facts.asked ?? (step && { step: (current ?? 0) + 1, of: steps.length, ...step.reviewers });
  return {
    type: event,
    version: 1,
    timestamp,
    data: {
      ...approvalFactsSchema.parse({
        ...facts,
        verdicts: facts.verdicts.map((one) => ({ ...one, step: one.step + 1 })),
        connection: { slug: connection.slug, title: connection.title },
        asked,
        link,
      }),
      sentence,
      severity,
      arguments: withArguments ? notice.arguments : null,
      ...(verdicts &&
        notice.decision !== null && {
          decision: {
            step: notice.decision.step + 1,
            // INVARIANT: only with the arguments that it is the digest of.
            digest: withArguments ? notice.decision.digest : null,
          },
        }),
    },
  };
}

/** Standard Webhooks: the signature covers the id, the time of this attempt, and the body. */
export function signedHeaders(
  secret: string,
  { id, payload }: { readonly id: string; readonly payload: string },
  at: Date,
): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, payload),
  };
}
