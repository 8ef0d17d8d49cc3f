import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import type { SseEvent } from '@holdpoint/mcp';
import { toolCall, type Agent, type AgentAnswer } from '../testing/agent.ts';
import { startMcpBench, until, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';
import { textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
  // A stream is closed at half of the deadline; the other half is room for a busy machine.
  await bench.connect({
    slug: 'polled',
    holdDeadlineS: 8,
    clients: [{ name: '*', polling: true }],
  });
  await bench.connect({
    slug: 'brief',
    holdDeadlineS: 2,
    clients: [{ name: '*', polling: true }],
  });
  await bench.connect({
    slug: 'patient',
    holdDeadlineS: 30,
    clients: [{ name: '*', polling: true }],
  });
  // It comes back three seconds after half of the deadline; the rest is room for a busy machine.
  await bench.connect({
    slug: 'patient-stock',
    holdDeadlineS: 20,
    clients: [{ name: '*', polling: true, holdDeadlineS: 20 }],
  });
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

async function initialized(name: string, slug = 'polled', on?: BenchGateway): Promise<Agent> {
  const agent = await bench.agent(name, slug, on);
  await (await agent.initialize('poller')).text();
  agent.headers['mcp-protocol-version'] = '2025-11-25';
  return agent;
}

/** Everything on a stream until it ends, and the id to resume it by. */
async function read(answer: AgentAnswer) {
  const events = await answer.rest();
  const messages = events.filter(
    (each): each is Extract<SseEvent, { kind: 'message' }> => each.kind === 'message',
  );
  return {
    lastEventId: messages.findLast((each) => each.id !== undefined)?.id ?? '',
    retry: messages.find((each) => each.retry !== undefined)?.retry,
    data: messages.flatMap((each) => (each.data ? [each.data] : [])),
  };
}

const resume = (agent: Agent, lastEventId: string) =>
  agent.listen({ 'last-event-id': lastEventId });

async function waiterOf(id: string) {
  const { rows } = await bench.database.pool.query<{ waiter_id: string | null; detached: number }>(
    `select waiter_id, (select count(*)::int from entry e where e.approval_id = a.id and e.kind = 'approval.detached') as detached
       from approval a where id = $1`,
    [id],
  );
  return rows[0];
}

describe('a held call of a client that comes back for its stream', () => {
  // Guarantee (rung 4): a stream that the gateway closes is never a disconnect, and the wait goes on by the last event id.
  it('waits on several streams, and is answered on the last', async () => {
    const agent = await initialized('one');
    const first = await read(
      await agent.post(toolCall(1, 'write', '{"poll":1}', '{"progressToken":"p"}')),
    );
    expect(first.retry).toBe(3000);
    const { id } = await bench.approval('held');
    expect(await waiterOf(id)).toMatchObject({ waiter_id: expect.any(String), detached: 0 });
    // Guarantee (invariant 2): nothing runs while nobody waits.
    await bench.decide('approve', id);
    await pause(300);
    expect(bench.upstream.calls()).toEqual([]);
    const answer = await resume(agent, first.lastEventId);
    const second = await read(answer);
    expect(answer.isStream).toBe(true);
    expect(second.data.at(-1)).toBe(textResult('1', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
    // A result, not an error: a stock client would resume its stream for ever after one.
    const late = await read(await resume(agent, first.lastEventId));
    expect(JSON.parse(late.data.at(-1) ?? '').result).toMatchObject({ isError: true });
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  it('reports progress that still rises, and keeps the deadline of its first request', async () => {
    const agent = await initialized('two');
    const first = await read(
      await agent.post(toolCall(1, 'write', '{"poll":2}', '{"progressToken":"p"}')),
    );
    const resumedAt = Date.now();
    const second = await read(await resume(agent, first.lastEventId));
    expect(JSON.parse(second.data.at(-1) ?? '')).toMatchObject({
      id: 1,
      result: { _meta: { 'holdpoint/refusal': { code: 'pending' } } },
    });
    // Four of the eight seconds were over; a deadline that begins anew would take all eight.
    expect(Date.now() - resumedAt).toBeLessThan(8000);
    const told = [...first.data, ...second.data]
      .filter((data) => data.includes('notifications/progress'))
      .map((data) => JSON.parse(data).params.progress);
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    await bench.decide('deny');
  });

  // Guarantee (invariant 8): the id and the database are all there is to know: any gateway goes on, also after a crash.
  it('goes on at another gateway after its own is gone', async () => {
    const second = await bench.open();
    const there = await initialized('three', 'patient', second);
    const posted = await there.post(toolCall(1, 'write', '{"poll":3}'));
    const primer = await posted.next();
    const lastEventId = (primer?.kind === 'message' && primer.id) || '';
    const { id } = await bench.approval('held');
    posted.leave();
    await second.close();
    const here = await bench.agent('three', 'patient');
    Object.assign(here.headers, there.headers);
    const resumed = await resume(here, lastEventId);
    expect(resumed.isStream).toBe(true);
    await bench.decide('approve', id);
    expect((await read(resumed)).data.at(-1)).toBe(textResult('1', 'done'));
  });

  it('is not served twice by one id', async () => {
    const agent = await initialized('four', 'patient');
    const posted = await agent.post(toolCall(1, 'write', '{"poll":4}'));
    const primer = await posted.next();
    const lastEventId = (primer?.kind === 'message' && primer.id) || '';
    const { id } = await bench.approval('held');
    posted.leave();
    await until(async () => (await waiterOf(id))?.waiter_id === null, 'it is detached');
    const resumed = await resume(agent, lastEventId);
    await resumed.next();
    const twin = await resume(agent, lastEventId);
    expect(twin.status).toBe(400);
    await twin.text();
    await bench.decide('deny', id);
    expect((await read(resumed)).data.at(-1)).toContain('Not today.');
  });

  // Guarantee (invariant 10): an event id resolves in the session that got it.
  it('does not go on for another caller, in another session, or by a changed id', async () => {
    const agent = await initialized('five', 'patient');
    const posted = await agent.post(toolCall(1, 'write', '{"poll":5}'));
    const primer = await posted.next();
    const lastEventId = (primer?.kind === 'message' && primer.id) || '';
    const { id } = await bench.approval('held');
    posted.leave();
    for (const [who, given] of [
      [await initialized('intruder', 'patient'), lastEventId],
      [await initialized('five', 'patient'), lastEventId],
      [agent, `${lastEventId}x`],
      [agent, lastEventId.replace('held.', 'held.x')],
    ] as const) {
      const answer = await resume(who, given);
      expect(answer.status).toBe(400);
      expect(JSON.parse(await answer.text()).error.data.code).toBe('invalid_request');
    }
    await bench.decide('deny', id);
  });

  it('is not polled where it speaks an older revision', async () => {
    const agent = await initialized('six', 'brief');
    agent.headers['mcp-protocol-version'] = '2025-06-18';
    const answer = await agent.post(toolCall(1, 'write', '{"poll":6}'));
    const { lastEventId, data } = await read(answer);
    expect(lastEventId).toBe('');
    expect(data.at(-1)).toContain('"pending"');
    await bench.decide('deny');
  });
});

describe.each([
  ['the v1 SDK', 'stock-v1'],
  ['the v2 SDK', 'stock-v2'],
])('a stock client of %s', (_what, name) => {
  it('comes back by itself, and sees one call', async () => {
    const { url, token } = await bench.agent(name, 'patient-stock');
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    const info = { name: 'stock', version: '1' };
    const client = name === 'stock-v1' ? new ClientV1(info) : new ClientV2(info);
    await (client instanceof ClientV1
      ? client.connect(new TransportV1(new URL(url), { requestInit }))
      : client.connect(new TransportV2(new URL(url), { requestInit })));
    const answering = client.callTool({ name: 'write', arguments: { stock: name } });
    const { id } = await bench.approval('held');
    await until(async () => {
      const { rows } = await bench.database.pool.query(
        `select 1 from entry where approval_id = $1 and kind = 'call.continued'`,
        [id],
      );
      return rows.length === 1;
    }, 'it comes back');
    await bench.decide('approve', id);
    expect(await answering).toMatchObject({ content: [{ text: 'done' }] });
    expect(bench.upstream.calls()).toHaveLength(1);
    await client.close();
  });
});
