import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { ConnectionRepository } from '../connections/connection.repository.ts';
import { CredentialVault } from '../connections/credential-vault.ts';
import { classifyFailure } from '../connections/outgoing-failure.ts';
import { Outgoing } from '../connections/outgoing.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { DeliveryRepository, type Delivery } from './delivery.repository.ts';
import { JobQueue, WEBHOOK_RETRIES, type WebhookJob } from './job-queue.ts';

const TIMEOUT_MS = 10_000;

/** What came of one attempt. */
type Attempt =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'failed'; readonly status: number | null; readonly error: string }
  /** No further attempt can help. */
  | { readonly kind: 'abandoned'; readonly error: string };

/** Delivers webhook messages, signed as Standard Webhooks. At least once: receivers compare ids. */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: JobQueue,
    private readonly deliveries: DeliveryRepository,
    private readonly connections: ConnectionRepository,
    private readonly vault: CredentialVault,
    private readonly outgoing: Outgoing,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.workWebhooks((job) => this.#work(job));
  }

  /** Throwing is how pg-boss is told to try again later. */
  async #work(job: WebhookJob & { readonly retryCount: number }): Promise<void> {
    const delivery = await this.deliveries.find(job.deliveryId);
    if (delivery === undefined || delivery.state === 'delivered') return;
    const attempt = await this.#attempt(delivery);
    switch (attempt.kind) {
      case 'delivered':
        return this.deliveries.recordDelivered(delivery.id, attempt.status);
      case 'abandoned':
        return this.deliveries.recordFailed(delivery.id, { ...attempt, status: null, last: true });
      case 'failed': {
        const last = job.retryCount >= WEBHOOK_RETRIES;
        await this.deliveries.recordFailed(delivery.id, { ...attempt, last });
        this.logger.warn(
          { delivery: delivery.id, status: attempt.status, error: attempt.error, last },
          'a webhook message was not delivered',
        );
        throw new Error(attempt.error);
      }
      default:
        return attempt satisfies never;
    }
  }

  async #attempt(delivery: Delivery): Promise<Attempt> {
    // "Please decide" about something decided would only send a person to an empty page.
    if (delivery.event === 'approval.held' && delivery.approvalState !== 'held') {
      return { kind: 'abandoned', error: 'settled before it was delivered' };
    }
    const stored = await this.connections.byId(delivery.connectionId);
    if (stored?.record.webhook == null || stored.webhookSecretSealed === null) {
      return { kind: 'abandoned', error: 'the connection has no webhook any more' };
    }
    const { url, allowPrivate } = stored.record.webhook;
    const secret = this.vault.openWebhookSecret(delivery.connectionId, stored.webhookSecretSealed);
    return this.#post(
      url,
      allowPrivate,
      signedHeaders(secret, delivery, new Date()),
      delivery.payload,
    );
  }

  async #post(
    url: string,
    allowPrivate: boolean,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Attempt> {
    try {
      const answer = await this.outgoing.request(url, {
        method: 'POST',
        allowPrivate,
        headers,
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer.body.on('error', () => undefined).destroy();
      const status = answer.statusCode;
      if (status >= 200 && status < 300) return { kind: 'delivered', status };
      return { kind: 'failed', status, error: `the receiver answered with HTTP ${status}` };
    } catch (error) {
      return { kind: 'failed', status: null, error: FAILURES[classifyFailure(error)] };
    }
  }
}

/** Sentences of our own: an error's text could repeat the address, which may hold a secret. */
const FAILURES: Readonly<Record<ReturnType<typeof classifyFailure>, string>> = {
  dns: 'the receiver’s name does not resolve',
  connect: 'nothing accepts connections at the receiver’s address',
  tls: 'the TLS handshake with the receiver failed',
  timeout: 'the receiver did not answer in time',
  address_refused: 'the receiver’s address is refused, or private and not ticked',
  other: 'the connection to the receiver broke',
};

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
