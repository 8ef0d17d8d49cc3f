import { request } from 'node:http';
import { approvalDetail, approve, heldCall, untilAbandoned, untilState } from '../world/admin.ts';
import { expect, test } from '../world/fixtures.ts';
import { refusalCode, send, toolCall, WireAgent } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import { openArena, type Arena } from './arena.ts';
import { receiptOf, type UpstreamPoint } from './counting-upstream.ts';

let arena: Arena;
let agent: WireAgent;
let lastId = 0;

test.beforeAll(async ({ world }) => {
  arena = await openArena(world);
  agent = await WireAgent.connect(world, { endpoint: arena.endpoint });
});
test.afterAll(() => arena.close());
test.afterEach(() => arena.upstream.breakOff());

function frame(tool: string, args: Readonly<Record<string, unknown>>): string {
  lastId += 1;
  return toolCall(lastId, tool, args);
}

const call = (tool: string, args: Readonly<Record<string, unknown>>) =>
  send(arena.endpoint, frame(tool, args), agent.headers);

/** The last character of a key says which way its answer comes. */
const DYING: readonly (readonly [UpstreamPoint, string])[] = [
  ['half a body', 'dies-1'],
  ['half an event', 'dies-2'],
];

for (const [point, key] of DYING) {
  // Guarantee (invariant 2): once a byte has left, only a complete answer is one; nothing is sent again.
  test(`an upstream that dies with ${point} out: unknown, told, never retried`, async ({
    world,
  }) => {
    const { upstream } = arena;
    const halt = upstream.haltAt(point, 'pay');
    const answer = call('pay', { key });
    const { id } = await heldCall(world, key);
    await allow(world, id, key);
    await halt.reached;
    upstream.breakOff();
    halt.letGo();

    const told = await answer;
    expect(refusalCode(told)).toBe('outcome_unknown');
    expect(told.raw).toContain('may have run');
    expect((await untilState(world, id, 'unknown')).stateReason).toContain('may have run');
    expect(upstream.runs.get(key)).toBe(1);

    // The same call is a new one: its reviewer reads of the first, and nothing has been sent again.
    const again = call('pay', { key });
    const second = await heldCall(world, key);
    expect(second.id).not.toBe(id);
    expect((await approvalDetail(world, second.id)).lastSame).toMatchObject({
      approvalId: id,
      state: 'unknown',
    });
    expect(upstream.runs.get(key)).toBe(1);
    await allow(world, second.id, key);
    expect((await again).raw).toContain(receiptOf(key));
    expect(upstream.runs.get(key)).toBe(2);
  });
}

// Guarantee (invariants 2 and 8): an answer that nobody took is kept, and collected without running again.
test('a client that vanishes while the upstream answers finds the answer', async ({ world }) => {
  const key = 'vanishes-2';
  const halt = arena.upstream.haltAt('half an event', 'pay');
  const leaving = new AbortController();
  const lost = send(arena.endpoint, frame('pay', { key }), agent.headers, leaving.signal);
  lost.catch(() => undefined);
  const { id } = await heldCall(world, key);
  await allow(world, id, key);
  await halt.reached;
  leaving.abort();
  await untilAbandoned(world, id);
  halt.letGo();
  await untilState(world, id, 'answered');

  expect((await call('pay', { key })).raw).toContain(receiptOf(key));
  await untilState(world, id, 'delivered');
  expect(arena.upstream.runs.get(key)).toBe(1);
});

// Guarantee: "delivered" is said of an answer that was taken whole, not of one that was begun.
test('a client that vanishes with half of a large answer collects all of it', async ({ world }) => {
  const args = { key: 'takes-half', padding: 1_000_000 };
  const half = readSome(arena.endpoint, frame('pay', args), agent.headers);
  const { id } = await heldCall(world, args.key);
  await allow(world, id, args.key);
  expect(await half).toContain(receiptOf(args.key));
  await untilAbandoned(world, id);
  expect((await approvalDetail(world, id)).state).toBe('answered');

  const whole = await call('pay', args);
  expect(whole.raw.length).toBeGreaterThan(9_000_000);
  await untilState(world, id, 'delivered');
  expect(arena.upstream.runs.get(args.key)).toBe(1);
});

// Guarantee (invariant 1): what came back is in the record, though nobody is there to read it.
test('an allowed call whose client vanishes is recorded, and not repeated', async ({ world }) => {
  const answered = async () => {
    const { rows } = await world.ledger.query<{ n: number }>(
      `select count(*)::int as n from entry where kind = 'call.answered' and target = 'note'`,
    );
    return rows[0]?.n ?? 0;
  };
  const before = await answered();
  const halt = arena.upstream.haltAt('ran', 'note');
  const leaving = new AbortController();
  const args = { key: 'nobody-reads-it' };
  const lost = send(arena.endpoint, frame('note', args), agent.headers, leaving.signal);
  lost.catch(() => undefined);
  await halt.reached;
  leaving.abort();
  halt.letGo();
  await expect.poll(answered).toBe(before + 1);
  expect(arena.upstream.runs.get(args.key)).toBe(1);
});

function allow(world: World, id: string, key: string): Promise<void> {
  arena.reviewer.approved.add(key);
  return approve(world, id);
}

/** Reads the beginning of an answer, then the client is gone. */
function readSome(
  endpoint: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(endpoint, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
    });
    asking.on('error', reject);
    asking.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('error', () => undefined);
      response.on('data', (chunk: string) => {
        text += chunk;
        if (!text.includes('"result"')) return;
        response.destroy();
        resolve(text);
      });
    });
    asking.end(body);
  });
}
