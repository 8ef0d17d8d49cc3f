import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyEdits } from '../json/json-text.ts';
import { digestInput } from './digest-input.ts';
import { type Frame, parseClientFrame, parseServerFrame } from './frame.ts';
import { idKey, strictMessage } from './message.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const client = (text: string): Frame => parseClientFrame(encode(text));

function server(text: string): Frame {
  const read = parseServerFrame(text);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return read.frame;
}

const call = (params: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;

const UNKNOWN = 'unknown_member';

describe('parseClientFrame', () => {
  // Guarantee: no upstream parser reads another call than the one that was judged.
  it.each([
    ['a duplicate argument', call('{"name":"a","arguments":{"x":1,"x":2}}'), 'duplicate_key'],
    ['another case of an envelope key', '{"jsonrpc":"2.0","id":1,"Method":"x"}', 'ambiguous_key'],
    [
      'two cases of an envelope key',
      '{"jsonrpc":"2.0","id":1,"method":"x","METHOD":"y"}',
      'ambiguous_key',
    ],
    [
      'two cases of an unknown key',
      '{"jsonrpc":"2.0","id":1,"method":"x","q":1,"Q":1}',
      'ambiguous_key',
    ],
    ['another case of a params key', call('{"Name":"a"}'), 'ambiguous_key'],
    ['two cases of a params key', call('{"name":"a","nAme":"b"}'), 'ambiguous_key'],
    ['a long s for an s', call('{"name":"a","argument\u017f":{}}'), 'ambiguous_key'],
    [
      'a Kelvin sign for a k',
      '{"jsonrpc":"2.0","id":1,"method":"x","params":{"progressTo\u212aen":1}}',
      'ambiguous_key',
    ],
    [
      'two cases of an argument',
      call('{"name":"a","arguments":{"sql":"1","SQL":"2"}}'),
      'ambiguous_key',
    ],
    ['two cases of a _meta key', call('{"_meta":{"a":1,"A":1}}'), 'ambiguous_key'],
    ['a name that C would cut', call('{"name":"drop\\u0000"}'), 'unsafe_name'],
    ['a name behind a byte order mark', call('{"name":"\ufeffdrop"}'), 'unsafe_name'],
    ['a prototype with a name', call('{"__proto__":{"name":"drop"}}'), 'prototype_key'],
    ['a batch', `[${call('{}')}]`, 'batch_unsupported'],
    ['an empty batch', '[]', 'batch_unsupported'],
    ['a string', '"x"', 'not_an_object'],
    ['no version', '{"id":1,"method":"x"}', 'invalid_version'],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"x"}', 'invalid_version'],
    ['a numeric version', '{"jsonrpc":2.0,"id":1,"method":"x"}', 'invalid_version'],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"x"}', 'invalid_id'],
    ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"x"}', 'invalid_id'],
    [
      'an id that reads back as another literal',
      '{"jsonrpc":"2.0","id":1.0,"method":"x"}',
      'invalid_id',
    ],
    ['an id beyond 53 bits', '{"jsonrpc":"2.0","id":9007199254740993,"method":"x"}', 'invalid_id'],
    ['an object as id', '{"jsonrpc":"2.0","id":{},"method":"x"}', 'invalid_id'],
    ['a boolean id', '{"jsonrpc":"2.0","id":true,"method":"x"}', 'invalid_id'],
    ['an empty method', '{"jsonrpc":"2.0","id":1,"method":""}', 'invalid_method'],
    ['a numeric method', '{"jsonrpc":"2.0","id":1,"method":1}', 'invalid_method'],
    [
      'a line break in a method',
      '{"jsonrpc":"2.0","id":1,"method":"a\\r\\nX: y"}',
      'invalid_method',
    ],
    ['params as a string', '{"jsonrpc":"2.0","id":1,"method":"x","params":"y"}', 'invalid_params'],
    ['null params', '{"jsonrpc":"2.0","id":1,"method":"x","params":null}', 'invalid_params'],
    ['a call without an id', '{"jsonrpc":"2.0","method":"tools/call","params":{}}', 'missing_id'],
    [
      'a method and a result',
      '{"jsonrpc":"2.0","id":1,"method":"x","result":{}}',
      'invalid_envelope',
    ],
    [
      'a result and an error',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
      'invalid_envelope',
    ],
    ['a result without an id', '{"jsonrpc":"2.0","result":{}}', 'invalid_envelope'],
    ['a null error', '{"jsonrpc":"2.0","id":1,"error":null}', 'invalid_envelope'],
    ['nothing', '{"jsonrpc":"2.0","id":1}', 'invalid_envelope'],
    // Nobody would be shown these, and no digest would cover them.
    ['a member beside a call’s', '{"jsonrpc":"2.0","id":1,"method":"x","dryRun":true}', UNKNOWN],
    ['a member without a name', '{"":1,"jsonrpc":"2.0","id":1,"method":"x"}', UNKNOWN],
    ['arguments beside params', call('{"name":"a"},"arguments":{"x":1}'), UNKNOWN],
    ['a _meta beside params', '{"jsonrpc":"2.0","id":1,"method":"x","_meta":{}}', UNKNOWN],
    ['a member beside a notification’s', '{"jsonrpc":"2.0","method":"x","x":1}', UNKNOWN],
    ['a member beside a result', '{"jsonrpc":"2.0","id":1,"result":{},"x":1}', UNKNOWN],
    ['a member beside an error', '{"jsonrpc":"2.0","id":1,"error":{},"x":1}', UNKNOWN],
    ['trailing bytes', `${call('{}')}x`, 'trailing_content'],
    ['a byte order mark', `\ufeff${call('{}')}`, 'byte_order_mark'],
  ])('refuses %s', (_description, text, code) => {
    expect(() => client(text)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses what is too large or not UTF-8', () => {
    expect(() => parseClientFrame(encode(call('{}')), { maxBytes: 10 })).toThrow(
      expect.objectContaining({ code: 'frame_too_large' }),
    );
    expect(() => parseClientFrame(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining({ code: 'invalid_utf8' }),
    );
  });

  it.each([
    ['request', '{"jsonrpc":"2.0","id":1,"method":"x/y"}', { kind: 'request', method: 'x/y' }],
    [
      'notification',
      '{"jsonrpc":"2.0","method":"notifications/x","params":[]}',
      { kind: 'notification' },
    ],
    ['result', '{"jsonrpc":"2.0","id":"a","result":null}', { kind: 'result' }],
    ['error', '{"jsonrpc":"2.0","id":"a","error":{"code":1}}', { kind: 'error' }],
  ])('reads a %s', (_description, text, expected) => {
    expect(client(text).message).toMatchObject(expected);
  });

  it('keeps the bytes, number literals and unknown members of params', () => {
    const bytes = encode(
      ' {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"future":1.0,"x-new":{"deep":[-0,1e400,1.0]}}} ',
    );
    const frame = parseClientFrame(bytes);
    expect(frame.bytes).toBe(bytes);
    expect(encode(applyEdits(frame.text, []))).toEqual(bytes);
    expect(digestInput(frame)).toBe('{"future":1.0,"x-new":{"deep":[-0,1e400,1.0]}}');
  });

  it('keeps ids as they were written and compares them as they read', () => {
    const withId = (id: string): Frame => client(`{"jsonrpc":"2.0","id":${id},"method":"x"}`);
    const idOf = ({ text, root }: Frame) => {
      const message = strictMessage(text, root);
      if (message.kind !== 'request') throw new Error('not a request');
      return message.id;
    };
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.string()), (value) => {
        const raw = Object.is(value, -0) ? '0' : JSON.stringify(value);
        const id = idOf(withId(raw));
        expect(id).toEqual({ raw, value: Object.is(value, -0) ? 0 : value });
      }),
    );
    expect(idOf(withId('"\\u0061"')).raw).toBe('"\\u0061"');
    expect(idKey(idOf(withId('"\\u0061"')))).toBe(idKey(idOf(withId('"a"'))));
    expect(idKey(idOf(withId('"1"')))).not.toBe(idKey(idOf(withId('1'))));
  });
});

describe('parseServerFrame', () => {
  it('reads what strict parsing refuses and keeps all of it', () => {
    const text = '{"id":1,"result":{"a":"\\ud800","a":2},"extra":1.0}';
    const frame = server(text);
    expect(frame.message).toMatchObject({ kind: 'result', id: { raw: '1' } });
    expect(frame.text).toBe(text);
    expect(frame.bytes).toEqual(encode(text));
  });

  it.each([
    ['not JSON', 'nope', 'invalid_json'],
    ['a batch', '[{"id":1,"result":{}}]', 'batch_unsupported'],
    ['a result for no one', '{"jsonrpc":"2.0","id":null,"result":{}}', 'invalid_id'],
    ['a request with an unreadable id', '{"id":null,"method":"x"}', 'invalid_id'],
    ['nothing', '{}', 'invalid_envelope'],
  ])('calls %s unreadable and says why', (_description, text, code) => {
    expect(parseServerFrame(text)).toMatchObject({ kind: 'unreadable', code, text });
  });

  it('reads errors without an id and ignores a null error beside a result', () => {
    expect(server('{"id":null,"error":{"code":1}}').message).toMatchObject({
      kind: 'error',
      id: null,
    });
    expect(server('{"id":1,"error":null,"result":{}}').message.kind).toBe('result');
  });

  it('keeps bytes that are not UTF-8', () => {
    const bytes = Uint8Array.from([...encode('{"id":1,"result":"'), 0xff, ...encode('"}')]);
    const read = parseServerFrame(bytes);
    expect(read.kind === 'frame' && read.frame.bytes).toBe(bytes);
  });
});

describe('digestInput', () => {
  it('leaves out the transport keys and nothing else', () => {
    const plain = client(call('{"name":"a","arguments":{"x":1}}'));
    const travelled = client(
      call(
        `{"_meta":{"progressToken":7,"traceparent":"t","tracestate":"s","baggage":"b",
        "io.modelcontextprotocol/protocolVersion":"2026-07-28",
        "io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/clientCapabilities":{}},
        "arguments":{"x":1},"name":"a"}`,
      ),
    );
    expect(digestInput(travelled)).toBe(digestInput(plain));
  });

  it.each([
    ['another argument', '{"name":"a","arguments":{"x":2}}'],
    ['another number literal', '{"name":"a","arguments":{"x":1.0}}'],
    ['an unknown _meta key', '{"name":"a","arguments":{"x":1},"_meta":{"k":1}}'],
    ['a transport key inside arguments', '{"name":"a","arguments":{"x":1,"progressToken":1}}'],
    ['a nested _meta', '{"name":"a","arguments":{"x":1,"_meta":{"progressToken":1}}}'],
    ['an unknown params key', '{"name":"a","arguments":{"x":1},"z":0}'],
  ])('tells apart: %s', (_description, params) => {
    expect(digestInput(client(call(params)))).not.toBe(
      digestInput(client(call('{"name":"a","arguments":{"x":1}}'))),
    );
  });
});
