import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Older ones are replays, whatever their signature. */
const FRESH_S = 300;

/** The two headers of a request from Slack, as they claim to be. */
export interface SlackHeaders {
  readonly timestamp: string;
  readonly signature: string;
}

/** Before anything is read or looked up: what can't be signed, or not now, costs nothing. */
export function slackHeaders(
  headers: IncomingHttpHeaders,
  nowMs: number,
): SlackHeaders | undefined {
  const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return undefined;
  if (!/^v0=[0-9a-f]{64}$/.test(signature) || !/^\d{1,12}$/.test(timestamp)) return undefined;
  const isFresh = Math.abs(nowMs / 1000 - Number(timestamp)) <= FRESH_S;
  return isFresh ? { timestamp, signature } : undefined;
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function isSignedBySlack(
  secret: string,
  { timestamp, signature }: SlackHeaders,
  body: Uint8Array,
): boolean {
  const mac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  const [expected, actual] = [Buffer.from(`v0=${mac}`), Buffer.from(signature)];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
