import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { stream } from '../testing/scripted-upstream.ts';
import { SessionReaper } from './session-reaper.ts';

const MAX_SESSIONS = 5;

let bench: McpBench;
let reaper: SessionReaper;
beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_SESSION_IDLE_MS: String(60 * 60_000),
    HOLDPOINT_MAX_SESSIONS_PER_CALLER: String(MAX_SESSIONS),
  });
  reaper = bench.context.get(SessionReaper);
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

const read = toolCall('r', 'read');

async function inSession(name: string): Promise<Agent> {
  const agent = await bench.agent(name);
  await agent.initialize();
  return agent;
}

/** Nobody has said anything for two hours. */
const letTimePass = () =>
  bench.database.pool.query("update session set last_seen_at = now() - interval '2 hours'");
const ended = async (name: string): Promise<number> => {
  const { rows } = await bench.database.pool.query<{ count: string }>(
    `select count(*) from session where caller_key like $1 and ended_at is not null`,
    [`%|${name}`],
  );
  return Number(rows[0]?.count);
};
const deletions = () =>
  bench.upstream.asked
    .filter(({ verb }) => verb === 'DELETE')
    .map(({ headers }) => headers['mcp-session-id']);

describe('a session that nobody uses', () => {
  it('is ended here and at the upstream, once, and its handle is unknown from then on', async () => {
    const agent = await inSession('idle');
    await reaper.reap();
    expect(await ended('idle')).toBe(0);

    await letTimePass();
    await Promise.all([reaper.reap(), reaper.reap()]);
    await reaper.reap();
    expect(await ended('idle')).toBe(1);
    expect(deletions()).toEqual([expect.stringContaining('upstream-session-')]);
    const answer = await agent.post(read);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('unknown_session');
    // As the protocol wants it: the agent opens a new one.
    delete agent.headers['mcp-session-id'];
    expect((await agent.initialize()).status).toBe(200);
    expect((await agent.post(read)).status).toBe(200);
  });

  it('stays while a stream is open in it', async () => {
    bench.upstream.on('GET', (_asked, response) => void stream(response));
    const agent = await inSession('listener');
    const listening = await agent.listen();
    await letTimePass();
    await reaper.reap();
    expect(await ended('listener')).toBe(0);

    listening.leave();
    // The upstream's stream ends with the agent's; then nothing keeps the session.
    await expect(
      (async () => {
        while ((await ended('listener')) === 0) {
          await letTimePass();
          await reaper.reap();
        }
        return 'ended';
      })(),
    ).resolves.toBe('ended');
  });

  it('stays while a call is held in it', async () => {
    const agent = await inSession('waiter');
    const held = await agent.post(toolCall('h', 'write'));
    await letTimePass();
    await reaper.reap();
    expect(await ended('waiter')).toBe(0);
    await bench.decide('approve');
    expect(await held.last()).toContain('done');
  });

  it('is the one used longest ago where a caller has too many', async () => {
    const agents: Agent[] = [];
    for (let number = 0; number < MAX_SESSIONS + 3; number += 1)
      agents.push(await inSession('many'));
    const neighbour = await inSession('few');
    await reaper.reap();
    expect(await ended('many')).toBe(3);
    expect(await ended('few')).toBe(0);
    const statuses = await Promise.all(agents.map(async (each) => (await each.post(read)).status));
    expect(statuses).toEqual([404, 404, 404, 200, 200, 200, 200, 200]);
    expect((await neighbour.post(read)).status).toBe(200);
  });

  it('whose agent ended it is not ended at the upstream again', async () => {
    const agent = await inSession('tidy');
    await agent.send('DELETE', undefined, {});
    await reaper.reap();
    expect(deletions()).toHaveLength(1);
  });
});

describe('a session whose client names itself and its revision with U+0000', () => {
  it('is opened like any other', async () => {
    const agent = await bench.agent('odd');
    const params =
      '{"protocolVersion":"2025-11-25\\u0000","capabilities":{},"clientInfo":{"name":"c\\u0000","version":"1"}}';
    const answer = await agent.post(
      `{"jsonrpc":"2.0","id":5,"method":"initialize","params":${params}}`,
    );
    expect(answer.status).toBe(200);
  });
});
