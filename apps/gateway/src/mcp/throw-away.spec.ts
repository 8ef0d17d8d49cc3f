import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { throwAway } from './throw-away.ts';

const SECOND = 1000;

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }),
);
afterEach(() => void jest.useRealTimers());

function begin() {
  const request = Object.assign(new PassThrough(), { complete: false });
  const state = { isDone: false };
  const done = throwAway(request).then(() => void (state.isDone = true));
  const write = async (bytes: number) => {
    request.write(Buffer.alloc(bytes));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { request, state, done, write };
}

it('reads a message to its end', async () => {
  const { request, done } = begin();
  request.end('the rest');
  await done;
  expect(request.readableEnded).toBe(true);
});

it('waits for nothing more of a message that is complete, or whose client left', async () => {
  await throwAway(Object.assign(new PassThrough(), { complete: true }));
  const left = Object.assign(new PassThrough(), { complete: false });
  left.destroy();
  await throwAway(left);
  expect(jest.getTimerCount()).toBe(0);
});

// Guarantee: a large message over a slow line is refused in words, not with a reset socket.
it('has patience with a client that is slow', async () => {
  const { state, done, write } = begin();
  for (let second = 0; second < 24; second += 3) {
    await write(10);
    await jest.advanceTimersByTimeAsync(3 * SECOND);
    expect(state.isDone).toBe(false);
  }
  await jest.advanceTimersByTimeAsync(6 * SECOND);
  await done;
});

it('has no patience with one that goes on for half a minute', async () => {
  const { state, done, write } = begin();
  for (let second = 0; second < 29; second += 1) {
    await write(10);
    await jest.advanceTimersByTimeAsync(SECOND);
    expect(state.isDone).toBe(false);
  }
  await jest.advanceTimersByTimeAsync(2 * SECOND);
  await done;
});

// Guarantee: a process that stood still for a while doesn't take that for the client's silence.
it('reads what came while the process stood still', async () => {
  const { request, state, done } = begin();
  jest.setSystemTime(Date.now() + 60 * SECOND);
  await jest.advanceTimersToNextTimerAsync();
  expect(state.isDone).toBe(false);
  request.end('the rest');
  await done;
});

it('stops after 64 MiB', async () => {
  const { state, done, write } = begin();
  for (let mebibytes = 0; mebibytes < 64; mebibytes += 8) await write(8 * 1024 * 1024);
  expect(state.isDone).toBe(false);
  await write(1);
  await done;
});
