import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { WINDOW_BYTES } from '@holdpoint/tunnel';
import { bytes, Pair, type Accepted } from '@holdpoint/tunnel/testing';
import type { OutgoingAnswer } from '../connections/http-outgoing.ts';
import { classifyFailure, wasSent } from '../connections/outgoing-failure.ts';
import { exchange, passedOn, type Exchanged } from './connector-exchange.ts';

const HEAD = { server: 'files', method: 'POST', headers: {} } as const;
const JSON_ANSWER = { status: 200, headers: { 'content-type': 'application/json' } };

/** An exchange that has arrived at the connector's end. */
async function begin(options: Exchanged['options'] = { body: '{}' }, pair = new Pair().greet()) {
  const answered = exchange(pair.gateway, { head: HEAD, options });
  // It is looked at later; until then it isn't forgotten.
  answered.catch(() => undefined);
  await settle(pair);
  const far = pair.accepted.at(-1);
  if (far === undefined) throw new Error('It did not arrive.');
  return { pair, answered, far };
}

/** Until neither end has anything to say. */
async function settle(pair: Pair): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet += 1) {
    pair.settle();
    await turn();
  }
}

async function text({ body }: OutgoingAnswer, pair: Pair): Promise<string> {
  let isOver = false;
  const read = body.bytes().finally(() => (isOver = true));
  while (!isOver) await settle(pair);
  return Buffer.from(await read).toString('utf8');
}

async function failureOf(answered: Promise<unknown>) {
  const error: unknown = await answered.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { kind: classifyFailure(error), sent: wasSent(error) };
}

function respond(
  { stream }: Accepted,
  body: string,
  headers: Readonly<Record<string, string>> = JSON_ANSWER.headers,
): void {
  stream.respond({ status: 200, headers: { ...headers } });
  stream.end(bytes(body));
}

describe('an exchange through a tunnel', () => {
  it('has the shape of one over HTTP', async () => {
    const { pair, answered, far } = await begin({ body: '{"a":1}' });
    expect(far.seen).toMatchObject({ body: '{"a":1}', ended: true });
    respond(far, '{"b":2}');
    await settle(pair);
    const answer = await answered;
    expect(answer).toMatchObject({ statusCode: 200, headers: JSON_ANSWER.headers });
    expect(await text(answer, pair)).toBe('{"b":2}');
    expect([pair.gateway.openStreams, pair.connector.openStreams]).toEqual([0, 0]);
  });

  // Guarantee: credentials stay with the connector, and whatever it says sets no cookie.
  it('passes on and brings back only what belongs to MCP', async () => {
    expect(
      passedOn({
        Authorization: 'Bearer secret',
        cookie: 'a=b',
        'x-own': '1',
        Accept: 'text/event-stream',
        'Mcp-Session-Id': 's',
        'mcp-param-region': 'eu',
        'last-event-id': '7',
      }),
    ).toEqual({
      accept: 'text/event-stream',
      'mcp-session-id': 's',
      'mcp-param-region': 'eu',
      'last-event-id': '7',
    });
    const { pair, answered, far } = await begin();
    respond(far, '{}', {
      ...JSON_ANSWER.headers,
      'mcp-session-id': 's',
      'set-cookie': 'a=b',
      'www-authenticate': 'Bearer',
      'content-length': '2',
    });
    await settle(pair);
    expect((await answered).headers).toEqual({ ...JSON_ANSWER.headers, 'mcp-session-id': 's' });
  });

  it('reads no more ahead than a window and a little, whatever comes', async () => {
    const { pair, answered, far } = await begin();
    far.stream.respond(JSON_ANSWER);
    far.stream.write(new Uint8Array(10 * WINDOW_BYTES));
    await settle(pair);
    const { body } = await answered;
    expect(body.readableLength).toBeLessThan(WINDOW_BYTES);
    // The other end still has what nobody asked for.
    expect(far.stream.queuedBytes).toBeGreaterThan(8 * WINDOW_BYTES);
    far.stream.end();
    expect(await text(await answered, pair)).toHaveLength(10 * WINDOW_BYTES);
  });
});

describe('what is unsent', () => {
  it('is what was given up before it began', async () => {
    const pair = new Pair().greet();
    const options = { body: '{}', signal: AbortSignal.abort() };
    const answered = exchange(pair.gateway, { head: HEAD, options });
    expect(await failureOf(answered)).toMatchObject({ sent: false });
    expect(pair.gatewayPort.sent).toEqual([]);
  });

  it('is what a tunnel doesn’t take: full, draining, closed, or with too large a head', async () => {
    const full = new Pair({ maxStreams: 1 }).greet();
    await begin({ body: '{}' }, full);
    const draining = new Pair().greet();
    draining.connector.goAway('bye');
    await settle(draining);
    const closed = new Pair().greet();
    closed.gateway.close();
    for (const { gateway } of [full, draining, closed])
      expect(
        await failureOf(exchange(gateway, { head: HEAD, options: { body: '{}' } })),
      ).toMatchObject({ sent: false });
    const head = { ...HEAD, headers: { 'mcp-param-x': 'x'.repeat(70_000) } };
    const { gateway } = new Pair().greet();
    expect(await failureOf(exchange(gateway, { head, options: {} }))).toMatchObject({
      sent: false,
    });
  });

  it('is what the connector says it did not pass on, and nothing else', async () => {
    for (const sent of [false, true]) {
      const { pair, answered, far } = await begin();
      far.stream.reset({ code: 'unavailable', sent, message: 'it can’t be started' });
      await settle(pair);
      expect(await failureOf(answered)).toMatchObject({ sent });
    }
  });
});

describe('what may have left', () => {
  it('is an exchange whose tunnel is lost', async () => {
    const { pair, answered } = await begin();
    pair.gateway.portClosed('cut');
    expect(await failureOf(answered)).toEqual({ kind: 'other', sent: true });
  });

  it('is one that was cancelled, and the connector is told', async () => {
    const leaving = new AbortController();
    const { pair, answered, far } = await begin({ body: '{}', signal: leaving.signal });
    leaving.abort();
    await settle(pair);
    expect(await failureOf(answered)).toMatchObject({ sent: true });
    expect(far.seen.reset).toMatchObject({ code: 'cancelled' });
  });

  it('is one that was answered too late, or not to its end', async () => {
    const late = await begin({ body: '{}', headersTimeoutMs: 5 });
    expect(await failureOf(late.answered)).toEqual({ kind: 'timeout', sent: true });
    await settle(late.pair);
    expect(late.far.seen.reset).toMatchObject({ code: 'timeout' });
    const { pair, answered, far } = await begin({ body: '{}', bodyTimeoutMs: 5 });
    far.stream.respond(JSON_ANSWER);
    await settle(pair);
    expect(await failureOf((await answered).body.bytes())).toEqual({ kind: 'timeout', sent: true });
  });
});

describe('what is left behind', () => {
  it('is nothing, however a thousand exchanges end', async () => {
    const pair = new Pair().greet();
    const shutdown = new AbortController();
    for (let round = 0; round < 1000; round += 1) {
      const leaving = new AbortController();
      const signal = AbortSignal.any([shutdown.signal, leaving.signal]);
      const { answered, far } = await begin({ body: '{}', signal, headersTimeoutMs: 60_000 }, pair);
      if (round % 4 === 0) leaving.abort();
      else if (round % 4 === 1) far.stream.reset({ code: 'internal', sent: true, message: '' });
      else respond(far, '{}');
      await settle(pair);
      const answer = await answered.catch(() => undefined);
      if (round % 4 === 2 && answer !== undefined) answer.body.destroy();
      else if (answer !== undefined) await text(answer, pair);
    }
    await settle(pair);
    expect([pair.gateway.openStreams, pair.connector.openStreams]).toEqual([0, 0]);
    expect(pair.ends).toEqual({});
  });

  it('is nothing of a request that was answered before it was all sent', async () => {
    const pair = new Pair().greet();
    const answered = exchange(pair.gateway, {
      head: HEAD,
      options: { body: new Uint8Array(4 * WINDOW_BYTES) },
    });
    // Its OPEN alone: the rest finds nobody who reads.
    pair.gatewayPort.deliverOne(pair.gateway, pair.connector);
    const far = pair.accepted.at(-1);
    far?.stream.pause();
    await settle(pair);
    if (far !== undefined) respond(far, '{}');
    await settle(pair);
    expect(await text(await answered, pair)).toBe('{}');
    await settle(pair);
    expect(pair.gateway.openStreams).toBe(0);
  });
});
