import type { Connection } from '@holdpoint/contracts';
import {
  approve,
  clearInbox,
  heldCall,
  heldCalls,
  registerConnection,
  untilAbandoned,
  untilState,
} from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, ERAS } from './world/stock-agent.ts';
import { tapUpstream, type UpstreamTap } from './world/upstream-tap.ts';
import { refusalCode, WireAgent } from './world/wire-agent.ts';
import { freshOrderId } from './world/world.ts';

const HELD_PER_CALLER = 20;

let short: Connection;
let slow: Connection;
let tap: UpstreamTap;

test.beforeAll(async ({ world }) => {
  tap = await tapUpstream(world.started.demoUpstream);
  short = await registerConnection(world, { slug: 'demo-short', holdDeadlineS: 2 });
  slow = await registerConnection(world, { slug: 'demo-slow', url: tap.url });
});
test.afterAll(async ({ world }) => {
  await clearInbox(world);
  await tap.close();
});

for (const era of ERAS) {
  test(`at the deadline a ${era} client is told to call again, and the same call joins`, async ({
    world,
  }) => {
    const agent = await connectAgent(world, era, { endpoint: short.endpoint });
    const order = freshOrderId();
    const args = { sql: `DELETE FROM orders WHERE id = ${order}` };
    const before = await world.production.executions();

    const pending = await agent.call('query', args);
    const { id } = await heldCall(world, `id = ${order}`);
    expect(pending.isError).toBe(true);
    expect(pending.text).toContain(`Waiting for approval ${id}`);
    expect(pending.text).toContain(`${world.started.console}/inbox/${id}`);

    const joined = agent.call('query', args);
    await expect.poll(async () => (await heldCall(world, `id = ${order}`)).agentWaiting).toBe(true);
    await approve(world, id);
    expect(await joined).toMatchObject({ isError: false, structured: { command: 'DELETE' } });
    await untilState(world, id, 'delivered');
    expect(await world.production.executions()).toBe(before + 1);

    // After delivery the same call is a new one.
    const anew = await agent.call('query', args);
    expect(anew.isError).toBe(true);
    expect((await heldCall(world, `id = ${order}`)).id).not.toBe(id);
    expect(await world.production.executions()).toBe(before + 1);
    await agent.close();
  });
}

test('beside a live waiter an identical call opens its own approval', async ({ world }) => {
  const agent = await WireAgent.connect(world);
  const order = freshOrderId();
  const sql = `DELETE FROM orders WHERE id = ${order}`;
  const before = await world.production.executions();
  const calls = [agent.query(sql), agent.query(sql)];
  const [first, second] = await heldCalls(world, `id = ${order}`, 2);
  expect(first?.id).not.toBe(second?.id);
  for (const { id } of [first, second].filter((each) => each !== undefined)) {
    await approve(world, id);
  }
  for (const answer of await Promise.all(calls)) {
    expect(answer.message?.result).toMatchObject({ structuredContent: { command: 'DELETE' } });
  }
  expect(await world.production.executions()).toBe(before + 2);
});

// Guarantee: what was approved runs once, even if nobody was there to take the answer.
test('an answer that nobody took is delivered from the record, and nothing runs again', async ({
  world,
}) => {
  const agent = await WireAgent.connect(world, { endpoint: slow.endpoint });
  const order = freshOrderId();
  const sql = `DELETE FROM orders WHERE id = ${order}`;
  const before = await world.production.executions();
  const leaving = new AbortController();
  const left = agent.query(sql, leaving.signal).catch(() => 'left');
  const { id } = await heldCall(world, `id = ${order}`);
  tap.delayMs = 2_000;
  await approve(world, id);
  await untilState(world, id, 'claimed');
  leaving.abort();
  expect(await left).toBe('left');
  await untilState(world, id, 'answered');
  tap.delayMs = 0;
  expect(await world.production.executions()).toBe(before + 1);

  const collected = await agent.query(sql);
  expect(collected.message?.result).toMatchObject({ structuredContent: { command: 'DELETE' } });
  expect(collected.message?.id).toBe(agent.nextId - 1);
  await untilState(world, id, 'delivered');
  expect(await world.production.executions()).toBe(before + 1);
});

// Guarantee: nothing executes while nobody waits; the release waits for the same call.
test('a cancelled call detaches: approved, it runs only when it is sent again', async ({
  world,
  openAs,
}) => {
  const agent = await WireAgent.connect(world);
  const order = freshOrderId();
  const sql = `DELETE FROM orders WHERE id = ${order}`;
  const before = await world.production.executions();
  const requestId = agent.nextId;
  const call = agent.query(sql);
  const { id } = await heldCall(world, `id = ${order}`);
  expect((await agent.notify('notifications/cancelled', { requestId })).status).toBe(202);
  expect((await call).message).toBeUndefined();
  await untilAbandoned(world, id);

  const page = await openAs('avery');
  await page.goto(`/inbox/${id}`);
  await expect(page.getByText('The agent stopped waiting', { exact: false })).toBeVisible();
  await page.getByTestId('approve').click();
  await untilState(world, id, 'approved');
  expect(await world.production.executions()).toBe(before);

  const collected = await agent.query(sql);
  expect(collected.message?.result).toMatchObject({ structuredContent: { command: 'DELETE' } });
  expect(await world.production.executions()).toBe(before + 1);
});

test('a client that leaves detaches too', async ({ world }) => {
  const agent = await WireAgent.connect(world);
  const order = freshOrderId();
  const sql = `DELETE FROM orders WHERE id = ${order}`;
  const before = await world.production.executions();
  const leaving = new AbortController();
  const left = agent.query(sql, leaving.signal).catch(() => 'left');
  const { id } = await heldCall(world, `id = ${order}`);
  leaving.abort();
  expect(await left).toBe('left');
  await untilAbandoned(world, id);
  await approve(world, id);
  await untilState(world, id, 'approved');
  expect(await world.production.executions()).toBe(before);
});

// Guarantee: an agent can't flood its reviewers.
test('a caller’s twenty-first undecided call is refused', async ({ world }) => {
  const agent = await WireAgent.connect(world, {
    clientId: 'second-agent',
    endpoint: short.endpoint,
  });
  const before = await world.production.executions();
  const mark = freshOrderId();
  const sqlOf = (index: number) =>
    `DELETE FROM orders WHERE id = ${mark} AND customer_id = ${index}`;
  const calls = Array.from({ length: HELD_PER_CALLER }, (_, index) => agent.query(sqlOf(index)));
  await heldCalls(world, `id = ${mark}`, HELD_PER_CALLER);
  expect(refusalCode(await agent.query(sqlOf(HELD_PER_CALLER)))).toBe('too_many_holds');
  for (const answer of await Promise.all(calls)) expect(refusalCode(answer)).toBe('pending');
  expect(await world.production.executions()).toBe(before);
  await clearInbox(world);
});
