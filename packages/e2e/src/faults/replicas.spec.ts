import { expect, test } from '@playwright/test';
import {
  approvalDetail,
  approve,
  heldCall,
  heldCalls,
  untilAbandoned,
  untilState,
} from '../world/admin.ts';
import { send, toolCall, WireAgent, type WireAnswer } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import { openArena } from './arena.ts';
import { receiptOf } from './counting-upstream.ts';
import { withFreshStack } from './fresh-stack.ts';

test.use({ trace: 'off' });

// Guarantee (invariants 2 and 8): any replica can go at any time. What waits on it is decided and runs on
// another one, once; what waits elsewhere doesn't notice.
test('two gateways on one Postgres, and one of them is killed while both have waiters', async () => {
  test.setTimeout(4 * 60_000);
  await withFreshStack(async (stack, world) => {
    const arena = await openArena(world);
    const { endpoint, upstream, reviewer } = arena;
    const second = await stack.startSecondGateway({ HOLDPOINT_OIDC_AUDIENCES: endpoint });
    const elsewhere = endpoint.replace(world.started.console, second.url);
    const agent = await WireAgent.connect(world, { endpoint });
    let lastId = 0;
    const call = (at: string, key: string): Promise<WireAnswer> => {
      lastId += 1;
      return send(at, toolCall(lastId, 'pay', { key }), agent.headers);
    };
    const allow = (id: string, key: string) => {
      reviewer.approved.add(key);
      return approve(world, id);
    };

    const surviving = call(endpoint, 'waits-here');
    const orphaned = call(elsewhere, 'waits-there').catch(() => undefined);
    const twins = [
      call(elsewhere, 'waits-twice').catch(() => undefined),
      heldCall(world, 'waits-twice').then(() => call(endpoint, 'waits-twice')),
    ] as const;
    const here = await heldCall(world, 'waits-here');
    const there = await heldCall(world, 'waits-there');
    const [twinThere, twinHere] = await heldCalls(world, 'waits-twice', 2);
    if (!twinThere || !twinHere) throw new Error('unreachable: two were awaited');

    await second.kill();
    await Promise.all([orphaned, twins[0]]);
    for (const { id } of [there, twinThere]) await untilAbandoned(world, id);
    expect((await approvalDetail(world, here.id)).agentWaiting).toBe(true);

    for (const [{ id }, key] of [
      [here, 'waits-here'],
      [there, 'waits-there'],
      [twinThere, 'waits-twice'],
      [twinHere, 'waits-twice'],
    ] as const)
      await allow(id, key);

    // Whoever waits on the gateway that lives has the answer on the exchange that it opened.
    expect((await surviving).raw).toContain(receiptOf('waits-here'));
    expect((await twins[1]).raw).toContain(receiptOf('waits-twice'));
    await untilState(world, twinHere.id, 'delivered');
    expect(upstream.runs.get('waits-there'), 'nothing runs while nobody waits').toBeUndefined();
    expect(upstream.runs.get('waits-twice')).toBe(1);

    // The other two are collected by calling again; the twin is a second call that was approved too.
    expect((await call(endpoint, 'waits-there')).raw).toContain(receiptOf('waits-there'));
    expect((await call(endpoint, 'waits-twice')).raw).toContain(receiptOf('waits-twice'));
    for (const { id } of [there, twinThere]) await untilState(world, id, 'delivered');
    expect(Object.fromEntries(upstream.runs)).toEqual({
      'waits-here': 1,
      'waits-there': 1,
      'waits-twice': 2,
    });
    await arena.close();
  });
});

// Guarantee (invariant 2): a call that a killed replica was running is unknown to all others too, and none sends it.
test('a call that a killed gateway was running ends unknown, though another gateway lives', async () => {
  test.setTimeout(4 * 60_000);
  await withFreshStack(async (stack, world) => {
    const arena = await openArena(world);
    const { endpoint, upstream, reviewer } = arena;
    const second = await stack.startSecondGateway({ HOLDPOINT_OIDC_AUDIENCES: endpoint });
    const elsewhere = endpoint.replace(world.started.console, second.url);
    const agent = await WireAgent.connect(world, { endpoint });
    const key = 'runs-there';
    const halt = upstream.haltAt('ran', 'pay');
    const lost = send(elsewhere, toolCall(1, 'pay', { key }), agent.headers).catch(() => undefined);
    const { id } = await heldCall(world, key);
    reviewer.approved.add(key);
    await approve(world, id);
    await halt.reached;

    await second.kill();
    halt.letGo();
    await lost;
    // It calls again at once, on the one that lives: it waits for what became of the first, and is told.
    const told = await send(endpoint, toolCall(2, 'pay', { key }), agent.headers);
    expect(told.raw).toContain('its outcome is unknown');
    await untilState(world, id, 'unknown');
    expect(upstream.runs.get(key)).toBe(1);
    expect(await countApprovals(world), 'nothing was asked anew').toBe(1);
    await arena.close();
  });
});

async function countApprovals({ ledger }: World): Promise<number> {
  const { rows } = await ledger.query<{ n: number }>('select count(*)::int as n from approval');
  return rows[0]?.n ?? 0;
}
