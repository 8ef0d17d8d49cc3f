import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { McpError } from '../mcp.error.ts';
import { encodeSseComment, encodeSseEvent } from './encode-sse.ts';
import { SseDecoder, type SseEvent } from './sse-decoder.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function decode(text: string, size = Infinity, maxEventBytes?: number): SseEvent[] {
  const decoder = new SseDecoder(maxEventBytes === undefined ? {} : { maxEventBytes });
  const bytes = encode(text);
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    events.push(...decoder.push(bytes.subarray(at, Math.min(at + size, bytes.length))));
  }
  return [...events, ...decoder.end()];
}

describe('SseDecoder', () => {
  it.each<[string, string, object[]]>([
    ['one event', 'data: x\n\n', [{ data: 'x' }]],
    [
      'all fields',
      'event: e\nid: 1\nretry: 5\ndata: x\n\n',
      [{ event: 'e', id: '1', retry: 5, data: 'x' }],
    ],
    ['several data lines', 'data: a\ndata\ndata:b\n\n', [{ data: 'a\n\nb' }]],
    [
      'CR, CRLF and LF',
      'data: a\r\rdata: b\r\n\r\ndata: c\n\n',
      [{ data: 'a' }, { data: 'b' }, { data: 'c' }],
    ],
    ['byte order mark', '\ufeffdata: x\n\n', [{ data: 'x' }]],
    ['byte order mark later on is text', 'data: \ufeffx\n\n', [{ data: '\ufeffx' }]],
    ['only one space is syntax', 'data:  x\n\n', [{ data: ' x' }]],
    ['priming event', 'id: 7\ndata:\n\n', [{ id: '7', data: '' }]],
    ['only an id', 'id: 7\n\n', [{ id: '7' }]],
    ['only a retry', 'retry: 10\n\n', [{ retry: 10 }]],
    ['only an event name says nothing', 'event: x\n\n', []],
    ['comment', ': ping\n\n', [{ comment: 'ping' }]],
    ['comment inside an event', 'data: a\n:c\ndata: b\n\n', [{ comment: 'c' }, { data: 'a\nb' }]],
    ['bad retry and id', 'retry: 1s\nid: a\0b\ndata: x\n\n', [{ data: 'x' }]],
    ['unknown field', 'foo: bar\ndata: x\n\n', [{ data: 'x' }]],
    ['unfinished event', 'data: x\n\ndata: y\n', [{ data: 'x' }]],
    ['line separators are data', 'data: \u2028\u0085\n\n', [{ data: '\u2028\u0085' }]],
  ])('%s', (_description, text, expected) => {
    const events = decode(text).map(({ kind: _kind, ...fields }) => fields);
    expect(events).toEqual(expected);
  });

  it('reads the same however the stream is cut', () => {
    const lines = fc.array(
      fc.tuple(
        fc.constantFrom('data: ü😀', 'data', 'id: 1', 'event: x', ': c', 'retry: 3', '', ''),
        fc.constantFrom('\n', '\r', '\r\n'),
      ),
    );
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 7 }), (parts, size) => {
        const text = parts.map((part) => part.join('')).join('');
        expect(decode(text, size)).toEqual(decode(text));
      }),
    );
  });

  it('reads back what the encoder wrote', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
    const field = text.filter((value) => !/[\r\n\0]/.test(value));
    fc.assert(
      fc.property(text, field, field, fc.nat(), (data, event, id, retry) => {
        expect(decode(encodeSseEvent({ data, event, id, retry }), 3)).toEqual([
          { kind: 'message', event, id, retry, data: data.replaceAll(/\r\n|\r/g, '\n') },
        ]);
      }),
    );
  });

  it.each([
    ['one endless line', 'x'.repeat(200)],
    ['endless data lines', 'data: xxxx\n'.repeat(20)],
    ['an endless comment', `:${'x'.repeat(200)}`],
  ])('bounds what it keeps: %s', (_description, text) => {
    for (const size of [1, 7, Infinity]) {
      expect(() => decode(text, size, 100)).toThrow(
        expect.objectContaining({ code: 'frame_too_large' }),
      );
    }
  });

  it('does not add up the sizes of separate events', () => {
    expect(decode('data: xxxx\n\n'.repeat(50), 5, 20)).toHaveLength(50);
  });
});

describe('encodeSseEvent', () => {
  it('lets no one forge a second event', () => {
    for (const field of ['event', 'id'] as const) {
      expect(() => encodeSseEvent({ [field]: 'a\ndata: forged', data: 'x' })).toThrow(McpError);
    }
    expect(decode(encodeSseComment('a\n\ndata: forged\n\n'))).toEqual(
      ['a', '', 'data: forged', '', ''].map((comment) => ({ kind: 'comment', comment })),
    );
  });

  // httpx-sse takes a blank line for an empty message once it saw an id, and clients on it fail to parse that.
  it('puts no blank line behind a comment', () => {
    expect(encodeSseComment('x')).toBe(': x\n');
    expect(decode(encodeSseComment('x') + encodeSseEvent({ data: 'y' }))).toEqual([
      { kind: 'comment', comment: 'x' },
      { kind: 'message', data: 'y' },
    ]);
  });
});
