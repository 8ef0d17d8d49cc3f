import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parseServerFrame, type SseEvent } from '@holdpoint/mcp';
import { SseUpstreamStream } from './sse-upstream-stream.ts';

const TIMEOUT_MS = 1000;
const message = (data: string): SseEvent => ({ kind: 'message', data });
const note = (at: number) =>
  message(`{"jsonrpc":"2.0","method":"notifications/x","params":{"at":${at}}}`);

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Everything that is ready to happen has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}';

function open() {
  const parsed = parseServerFrame(CALL);
  if (parsed.kind !== 'frame' || parsed.frame.message.kind !== 'request') throw new Error(CALL);
  const source = new PassThrough({ objectMode: true });
  const stream = new SseUpstreamStream({
    ok: true,
    endpoint: 'http://127.0.0.1/messages',
    events: source,
    close: () => source.destroy(),
  });
  const flight = stream.enter(parsed.frame.message, [], TIMEOUT_MS);
  return { source, events: flight.events[Symbol.asyncIterator]() };
}

describe('the silence of an upstream over HTTP+SSE', () => {
  it('ends a call', async () => {
    const { events } = open();
    const next = events.next();
    next.catch(() => undefined);
    jest.advanceTimersByTime(TIMEOUT_MS + 1);
    await expect(next).rejects.toThrow('fell silent');
  });

  // Guarantee: what an agent takes long to read costs its upstream no time.
  it('begins when it can be heard again, not while its agent reads slowly', async () => {
    const { source, events } = open();
    source.write(note(1));
    await settle();
    jest.advanceTimersByTime(2 * TIMEOUT_MS - 100);
    await settle();
    expect((await events.next()).value).toEqual(note(1));
    await settle();
    jest.advanceTimersByTime(TIMEOUT_MS - 100);
    await settle();
    source.write(message('{"jsonrpc":"2.0","id":1,"result":{}}'));
    expect((await events.next()).value).toMatchObject({ data: expect.stringContaining('result') });
    expect((await events.next()).done).toBe(true);
  });
});
