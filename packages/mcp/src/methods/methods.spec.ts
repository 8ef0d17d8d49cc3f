import { describe, expect, it } from '@jest/globals';
import { parseServerFrame } from '../frame/frame.ts';
import type { Message } from '../frame/message.ts';
import { callTarget, cancelledRequestId, progressTokenOf } from './call-facts.ts';
import {
  classifyMethod,
  type Direction,
  listItemsKey,
  type MethodClass,
} from './method-vocabulary.ts';

function message(text: string): Message {
  const read = parseServerFrame(text);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return read.frame.message;
}

const request = (method: string, params: string): Message =>
  message(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`);
const notification = (method: string, params: string): Message =>
  message(`{"jsonrpc":"2.0","method":"${method}","params":${params}}`);

describe('classifyMethod', () => {
  it.each<[string, Direction, boolean, MethodClass]>([
    ['initialize', 'from-client', true, 'never-held'],
    ['server/discover', 'from-client', true, 'never-held'],
    ['ping', 'from-client', true, 'never-held'],
    ['ping', 'from-upstream', true, 'never-held'],
    ['tasks/get', 'from-client', true, 'never-held'],
    ['notifications/cancelled', 'from-client', false, 'never-held'],
    ['notifications/cancelled', 'from-upstream', false, 'never-held'],
    ['tools/list', 'from-client', true, 'list'],
    ['resources/templates/list', 'from-client', true, 'list'],
    ['tools/call', 'from-client', true, 'judged'],
    ['subscriptions/listen', 'from-client', true, 'judged'],
    ['sampling/createMessage', 'from-upstream', true, 'judged'],
    ['roots/list', 'from-upstream', true, 'judged'],
    // Each peer has its own vocabulary, and the form has to fit.
    ['sampling/createMessage', 'from-client', true, 'unknown-request'],
    ['tools/call', 'from-upstream', true, 'unknown-request'],
    ['tools/call', 'from-client', false, 'unknown-notification'],
    ['notifications/cancelled', 'from-client', true, 'unknown-request'],
    ['notifications/message', 'from-client', false, 'unknown-notification'],
    ['Tools/Call', 'from-client', true, 'unknown-request'],
    ['tools/call ', 'from-client', true, 'unknown-request'],
    ['constructor', 'from-client', true, 'unknown-request'],
    ['vendor/thing', 'from-client', true, 'unknown-request'],
  ])('%s %s (request: %s) is %s', (method, direction, isRequest, expected) => {
    expect(classifyMethod(method, direction, isRequest)).toBe(expected);
  });

  it('has an items key exactly for the lists', () => {
    expect(
      [
        'tools/list',
        'resources/list',
        'resources/templates/list',
        'prompts/list',
        'tools/call',
      ].map(listItemsKey),
    ).toEqual(['tools', 'resources', 'resourceTemplates', 'prompts', undefined]);
  });
});

describe('callTarget', () => {
  it.each([
    ['tools/call', '{"name":"q","uri":"x"}', { name: 'q' }],
    ['prompts/get', '{"name":"p"}', { name: 'p' }],
    ['resources/read', '{"uri":"file:///a","name":"x"}', { uri: 'file:///a' }],
    ['resources/subscribe', '{"uri":"file:///a"}', { uri: 'file:///a' }],
    ['completion/complete', '{"ref":{"type":"ref/prompt","name":"p","uri":"u"}}', { name: 'p' }],
    ['completion/complete', '{"ref":{"type":"ref/resource","uri":"u","name":"p"}}', { uri: 'u' }],
    ['completion/complete', '{"ref":{"type":"ref/other","uri":"u"}}', {}],
    ['tools/call', '{"name":1}', {}],
    ['tools/call', '["q"]', {}],
    ['vendor/thing', '{"name":"q"}', {}],
  ])('of %s %s', (method, params, target) => {
    expect(callTarget(request(method, params))).toEqual(target);
  });
});

describe('progressTokenOf and cancelledRequestId', () => {
  it('keep the literals', () => {
    expect(progressTokenOf(request('x', '{"_meta":{"progressToken":1.0}}'))).toBe('1.0');
    expect(progressTokenOf(request('x', '{"_meta":{"progressToken":"a\\u0062"}}'))).toBe('"ab"');
    expect(progressTokenOf(notification('notifications/progress', '{"progressToken":7}'))).toBe(
      '7',
    );
    expect(cancelledRequestId(notification('notifications/cancelled', '{"requestId":7}'))).toEqual({
      raw: '7',
      value: 7,
    });
  });

  it.each([
    ['no token', request('x', '{"_meta":{}}')],
    ['an object as token', request('x', '{"_meta":{"progressToken":{}}}')],
    ['a token outside _meta', request('x', '{"progressToken":1}')],
  ])('find nothing: %s', (_description, found) => {
    expect(progressTokenOf(found)).toBeUndefined();
    expect(cancelledRequestId(found)).toBeUndefined();
  });
});
