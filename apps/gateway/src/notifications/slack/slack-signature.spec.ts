import { describe, expect, it } from '@jest/globals';
import { signedBySlack } from '@holdpoint/testkit';
import { isSignedBySlack, slackHeaders } from './slack-signature.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
const BODY = 'payload=%7B%7D';
const NOW_S = 1_795_000_000;
const SIGNED = signedBySlack(SECRET, BODY, NOW_S);

describe('what a request of Slack claims', () => {
  // Guarantee: what can't be signed, or not now, is refused before its body is read.
  it.each([
    ['nothing', {}],
    ['no time', { ...SIGNED, 'x-slack-request-timestamp': undefined }],
    ['no signature', { ...SIGNED, 'x-slack-signature': undefined }],
    ['a short signature', { ...SIGNED, 'x-slack-signature': `v0=${'0'.repeat(63)}` }],
    ['another version', { ...SIGNED, 'x-slack-signature': `v1=${'0'.repeat(64)}` }],
    ['a time that is none', { ...SIGNED, 'x-slack-request-timestamp': `${NOW_S}.0` }],
    ['a time long ago', { ...SIGNED, 'x-slack-request-timestamp': String(NOW_S - 301) }],
    ['a time to come', { ...SIGNED, 'x-slack-request-timestamp': String(NOW_S + 301) }],
  ])('is not looked at further where it is %s', (_what, headers) => {
    expect(slackHeaders(headers, NOW_S * 1000)).toBeUndefined();
  });

  it('is believed where the signature is over this body and time, by this secret', () => {
    const claimed = slackHeaders(SIGNED, (NOW_S + 300) * 1000);
    if (claimed === undefined) throw new Error('It has the form.');
    const is = (secret: string, body: string, at = claimed) =>
      isSignedBySlack(secret, at, Buffer.from(body));
    expect(is(SECRET, BODY)).toBe(true);
    expect(is('f'.repeat(32), BODY)).toBe(false);
    expect(is(SECRET, `${BODY}&`)).toBe(false);
    expect(is(SECRET, BODY, { ...claimed, timestamp: String(NOW_S + 1) })).toBe(false);
  });
});
