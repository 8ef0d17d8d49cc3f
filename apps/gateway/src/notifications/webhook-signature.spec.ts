import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signedHeaders } from './senders/webhook.sender.ts';

/** Guarantee: a receiver that checks the signature can trust id, time and body. */
describe('signedHeaders', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const message = { id: 'msg-1', payload: '{"type":"approval.held"}' };

  it('verify with the reference library', () => {
    const headers = signedHeaders(secret, message, new Date());
    expect(new Webhook(secret).verify(message.payload, { ...headers })).toEqual({
      type: 'approval.held',
    });
  });

  it('do not verify under another secret', () => {
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    const headers = signedHeaders(secret, message, new Date());
    expect(() => new Webhook(other).verify(message.payload, { ...headers })).toThrow();
  });

  it('are of one time, in whole seconds', () => {
    const headers = signedHeaders(secret, message, new Date(1_700_000_000_999));
    expect(headers).toEqual({
      'content-type': 'application/json',
      'webhook-id': 'msg-1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
  });
});
