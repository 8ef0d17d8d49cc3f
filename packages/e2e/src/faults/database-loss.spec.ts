import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '@holdpoint/testkit';
import { expect, test, type Browser } from '@playwright/test';
import { approve, heldCall, untilState } from '../world/admin.ts';
import { inboxItem, openInbox } from '../world/console-window.ts';
import { refusalCode, send, toolCall, WireAgent, type WireAnswer } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import { openArena, startAgents, type Arena } from './arena.ts';
import { receiptOf } from './counting-upstream.ts';
import { examine } from './examine.ts';
import { withFreshStack } from './fresh-stack.ts';
import { checkLog, keepCheckpoint } from './log-check.ts';

const LOSSES = 3;
const AWAY_MS = 1500;
test.use({ trace: 'off' });

// Guarantee (invariants 1, 3 and 8): without its database the gateway carries nothing out, says so, and
// goes on by itself when the database is back.
test('Postgres is killed and started again under load', async ({ browser }) => {
  test.setTimeout(8 * 60_000);
  await withFreshStack(async (stack, world) => {
    const hooks = await startReceiver();
    const arena = await openArena(world, { webhookUrl: hooks.url, holdDeadlineS: 240 });
    const { endpoint, upstream } = arena;
    const agent = await WireAgent.connect(world, { endpoint });
    let id = 1000;
    const call = (tool: string, key: string) =>
      send(endpoint, toolCall((id += 1), tool, { key }), agent.headers);
    const { inbox, pushed } = await openAs(browser, world);
    const kept = await keepCheckpoint(world);
    await loseAnAnswer(stack, arena, (key) => call('pay', key));
    const { gateway } = stack.started.pids;
    startAgents(arena);

    const held = call('pay', 'held-through-it-all');
    const { id: heldId } = await heldCall(world, 'held-through-it-all');
    for (let loss = 1; loss <= LOSSES; loss += 1) {
      await sleep(1000);
      await stack.killDatabase();

      const key = `while-away-${loss}`;
      const refused = await call('note', key);
      expect(refusalCode(refused), refused.raw).toBe('not_recorded');
      expect(await readiness(world)).toBe(503);
      await sleep(AWAY_MS);
      expect(upstream.runs.get(key), 'nothing runs unrecorded').toBeUndefined();

      await stack.startDatabase();
      await expect.poll(() => readiness(world), { timeout: 90_000 }).toBe(200);
      await expect
        .poll(async () => refusalCode(await call('note', `back-${loss}`)), { timeout: 90_000 })
        .toBeUndefined();
      expect(stack.started.pids.gateway, 'the process did not end').toBe(gateway);
      expect(isRunning(gateway)).toBe(true);
    }

    // Live push, webhooks and the log's sequencer go on as well.
    const after = call('pay', 'held-after-it-all');
    const { id: afterId } = await heldCall(world, 'held-after-it-all');
    // The browser's own connection may have broken too, and waits a while before it tries again.
    const before = pushed.length;
    const isHint = (frame: string) => frame.includes('"approvals"');
    await expect.poll(() => pushed.slice(before).some(isHint), { timeout: 90_000 }).toBe(true);
    // Only rows in sight are drawn, and the newest is the last.
    await expect
      .poll(
        async () => {
          await inbox
            .getByTestId('inbox-scroll')
            .evaluate((list) => list.scrollTo(0, list.scrollHeight));
          return inboxItem(inbox, 'held-after-it-all').count();
        },
        { timeout: 90_000 },
      )
      .toBe(1);
    await expect.poll(() => hooks.received.has(afterId), { timeout: 60_000 }).toBe(true);
    const { size } = await keepCheckpoint(world);
    expect(size).toBeGreaterThan(kept.size);

    // The exchange that waited all the time gets its answer.
    for (const [approvalId, key, answer] of [
      [heldId, 'held-through-it-all', held],
      [afterId, 'held-after-it-all', after],
    ] as const) {
      arena.reviewer.approved.add(key);
      await approve(world, approvalId);
      expect((await answer).raw).toContain(receiptOf(key));
      await untilState(world, approvalId, 'delivered');
      expect(upstream.runs.get(key)).toBe(1);
    }

    await arena.load.finish();
    const { broken } = await examine(arena, []);
    expect([...broken, ...(await checkLog(world, kept))]).toEqual([]);
    await inbox.context().close();
    await arena.close();
    await hooks.close();
  });
});

/** Forwarded and answered while the database is away: the answer can't be recorded, so nobody sees it. */
async function loseAnAnswer(
  stack: Stack,
  { world, upstream, reviewer }: Arena,
  pay: (key: string) => Promise<WireAnswer>,
): Promise<void> {
  const key = 'answered-while-away';
  const halt = upstream.haltAt('ran', 'pay');
  const answer = pay(key);
  const { id } = await heldCall(world, key);
  reviewer.approved.add(key);
  await approve(world, id);
  await halt.reached;
  await stack.killDatabase();
  halt.letGo();
  const told = await answer;
  expect(refusalCode(told), told.raw).toBe('may_have_run');
  expect(told.raw).not.toContain(receiptOf(key));

  await stack.startDatabase();
  await expect.poll(() => readiness(world), { timeout: 90_000 }).toBe(200);
  await untilState(world, id, 'unknown');
  expect(upstream.runs.get(key)).toBe(1);
}

async function readiness(world: World): Promise<number> {
  return (await fetch(`${world.started.console}/readyz`)).status;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function openAs(browser: Browser, world: World) {
  const context = await browser.newContext({
    baseURL: world.started.console,
    storageState: await (await world.person('riley')).storageState(),
  });
  const inbox = await context.newPage();
  // The page also looks for itself now and then; only a frame proves that something was pushed.
  const pushed: string[] = [];
  inbox.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => pushed.push(payload.toString()));
  });
  await openInbox(inbox);
  return { inbox, pushed };
}

/** Remembers which approvals it heard of. */
async function startReceiver() {
  const received = { has: (id: string) => bodies.some((body) => body.includes(id)) };
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
