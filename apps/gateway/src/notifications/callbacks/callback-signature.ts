import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { GatewayError } from '../../platform/gateway.error.ts';

/** As long as Standard Webhooks says. Older ones are replays, whatever their signature. */
const FRESH_S = 300;
/** Nothing in it can be taken for the dots between the parts that are signed. */
const ID = /^[A-Za-z0-9_:@-]{1,200}$/;
const SIGNATURE = /^v1,[A-Za-z0-9+/=]{20,100}(?: v\w{1,10},[A-Za-z0-9+/=]{20,200}){0,9}$/;

/** The three headers of a message, as they claim to be. */
export interface CallbackHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

/**
 * Before anything is read or looked up: what can't be signed, or not now, costs nothing.
 *
 * @throws GatewayError `callback_refused`
 */
export function callbackHeaders(headers: IncomingHttpHeaders, nowMs: number): CallbackHeaders {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
  if (typeof id !== 'string' || typeof at !== 'string' || typeof signature !== 'string')
    throw refused('the headers webhook-id, webhook-timestamp and webhook-signature are missing');
  if (!ID.test(id) || !/^\d{1,12}$/.test(at) || !SIGNATURE.test(signature))
    throw refused('one of its webhook- headers is not in the form that Standard Webhooks gives it');
  if (Math.abs(nowMs / 1000 - Number(at)) > FRESH_S)
    throw refused('its webhook-timestamp is more than five minutes off; sign each attempt anew');
  return { id, timestamp: at, signature };
}

/**
 * https://www.standardwebhooks.com, over the bytes as they came.
 *
 * @returns The body's text: ATTACKER-CONTROLLED until it is parsed, but from who has the secret.
 * @throws GatewayError `callback_refused`
 */
export function verifiedBody(secret: string, claimed: CallbackHeaders, body: Uint8Array): string {
  // Other bytes could be read as the same text, and the signature is over the text.
  if (!isUtf8(body)) throw refused('its body is not UTF-8');
  const text = Buffer.from(body).toString('utf8');
  try {
    const headers = {
      'webhook-id': claimed.id,
      'webhook-timestamp': claimed.timestamp,
      'webhook-signature': claimed.signature,
    };
    new Webhook(secret).verify(text, headers, { jsonParse: false });
    return text;
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    throw refused('it is not signed with the secret that this channel has for verdicts');
  }
}

function refused(why: string): GatewayError {
  return new GatewayError(
    'callback_refused',
    `Nothing was recorded: this message is not taken, since ${why}.`,
  );
}
