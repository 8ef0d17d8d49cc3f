import type { ChannelConfig, KeptSecrets } from '@holdpoint/contracts';
import { classifyFailure } from '../../connections/outgoing-failure.ts';
import type { Notice } from '../events/notice.ts';

/** What came of one attempt. `answer` is for admins: a sentence of ours, or what the other side said. */
export type Attempt =
  | {
      readonly kind: 'delivered';
      readonly status: number | null;
      readonly answer: string;
      /** Recipients for whom the other side has no time yet: each gets a message of its own, later. */
      readonly putOff?: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly status: number | null;
      readonly answer: string;
      /** The other side is away or overloaded: other messages would fare no better now. */
      readonly isAway: boolean;
      /** How long it asked to be left alone. */
      readonly retryAfterMs?: number;
    }
  /** No further attempt can help. */
  | { readonly kind: 'refused'; readonly status: number | null; readonly answer: string }
  /** Not tried: what it goes through rests. */
  | { readonly kind: 'later'; readonly inMs: number }
  /** It would say nothing any more; nothing was sent. */
  | { readonly kind: 'dropped'; readonly answer: string };

/** One message, for one channel. */
export interface Outgoing<K extends ChannelConfig['kind']> {
  readonly messageId: string;
  readonly channelId: string;
  readonly thread: string;
  /** Person key, an address of the channel as {@link addressRecipient}, or empty. */
  readonly recipient: string;
  readonly isFollowUp: boolean;
  readonly notice: Notice;
  /** Where several are told in one message: all of them, the first of them being `notice`; else empty. */
  readonly together: readonly Notice[];
  readonly config: Extract<ChannelConfig, { kind: K }>;
  readonly secrets: KeptSecrets;
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

export function unreachable(error: unknown): Attempt {
  return { kind: 'failed', status: null, answer: FAILURES[classifyFailure(error)], isAway: true };
}

/** By an HTTP status, and how long the answer asks to wait. */
export function attemptOf(status: number, retryAfter: string | undefined): Attempt {
  if (status >= 200 && status < 300) {
    return { kind: 'delivered', status, answer: `the receiver answered with HTTP ${status}` };
  }
  const answer = `the receiver answered with HTTP ${status}`;
  // Standard Webhooks: the receiver wants nothing of this any more.
  if (status === 410) return { kind: 'refused', status, answer };
  const isAway = status === 429 || status >= 500;
  return { kind: 'failed', status, answer, isAway, ...waitOf(retryAfter) };
}

/** A `Retry-After` in seconds, up to an hour; any other is for us to guess. */
export function waitOf(retryAfter: string | undefined): { readonly retryAfterMs?: number } {
  const seconds = Number(retryAfter);
  return seconds > 0 && seconds <= 3600 ? { retryAfterMs: seconds * 1000 } : {};
}
