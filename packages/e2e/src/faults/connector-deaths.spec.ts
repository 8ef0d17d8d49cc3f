import { approve, heldCall, registerConnection, untilState } from '../world/admin.ts';
import { Connector } from '../world/connector.ts';
import { expect, test } from '../world/fixtures.ts';
import { send, toolCall, WireAgent } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import { connectModernAgent } from './agent.ts';
import { freshSite, openBehindConnector } from './behind-connector.ts';
import { receiptOf } from './counting-upstream.ts';
import { withFreshStack } from './fresh-stack.ts';
import { openStdioWitness, type StdioWitness } from './stdio-witness.ts';

test.use({ trace: 'off' });

// Guarantee (invariants 2 and 8): a connector is as mortal as anything else. What it was sending may have
// run; what waits for people is none of its business, and goes through the next one.
test('a connector that is killed with calls on it, and comes back', async ({ world }) => {
  const behind = await openBehindConnector(world);
  const { arena, connector, call } = behind;
  const { upstream } = arena;
  try {
    const halt = upstream.haltAt('ran', 'pay');
    const paid = call('pay', 'killed-2');
    const paying = await behind.held('killed-2');
    await paying.approve();
    await halt.reached;
    const waiting = call('pay', 'outlives-2');
    const waits = await behind.held('outlives-2');

    await connector.kill();
    expect((await paid).raw).toContain('may have run');
    await untilState(world, paying.id, 'unknown');
    halt.letGo();
    connector.run();
    await connector.untilLinked();
    await waits.approve();
    expect((await waiting).raw).toContain(receiptOf('outlives-2'));
    expect(Object.fromEntries(upstream.runs)).toEqual({ 'killed-2': 1, 'outlives-2': 1 });
  } finally {
    await behind.close();
  }
});

/** Somebody who calls a stdio server behind a connector of its own. */
async function openStdio(world: World, sessions: 'per-session' | 'shared') {
  const witness = openStdioWitness();
  const servers = { counting: witness.server(sessions) };
  const connector = await Connector.start(world, { site: freshSite(), servers });
  const url = connector.address('counting');
  const allowing = await registerConnection(world, { slug: 'stdio', url, defaultEffect: 'allow' });
  const holding = await registerConnection(world, { slug: 'stdio-held', url });
  return {
    witness,
    connector,
    allowing: allowing.endpoint,
    holding: holding.endpoint,
    async close() {
      await connector.remove();
      await expect.poll(() => witness.alive(), 'no orphan is left').toEqual([]);
      witness.remove();
    },
  };
}

/** A server that died isn't started again at once; until then nothing runs, and its clients are told so. */
async function connectInTime(world: World, endpoint: string): Promise<WireAgent> {
  let agent: WireAgent | undefined;
  await expect
    .poll(
      async () => {
        const tried = WireAgent.connect(world, { endpoint });
        agent = await tried.catch((error: unknown) => {
          expect(String(error)).toContain('has not run');
          return undefined;
        });
        return agent !== undefined;
      },
      { timeout: 90_000 },
    )
    .toBe(true);
  if (agent === undefined) throw new Error('unreachable: one was awaited');
  return agent;
}

const runOf = (witness: StdioWitness, key: string) => expect.poll(() => witness.runsOf(key));

for (const sessions of ['per-session', 'shared'] as const) {
  // Guarantee (invariant 2): a process that dies in a call may have done what it was told; nobody tells the
  // next one to do it again.
  test(`a stdio server (${sessions}) that is killed in an allowed and in a held call`, async ({
    world,
  }) => {
    const { witness, allowing, holding, close } = await openStdio(world, sessions);
    try {
      const agent = await WireAgent.connect(world, { endpoint: allowing });
      const noted = send(allowing, toolCall(1, 'note', { key: 'note-hangs' }), agent.headers);
      await runOf(witness, 'note-hangs').toBe(1);
      process.kill(witness.pidOf('note-hangs'), 'SIGKILL');
      expect((await noted).raw).toContain('may have run');

      // The next client has the next process, as soon as the connector starts one again.
      const payer = await connectInTime(world, holding);
      const paid = send(holding, toolCall(1, 'pay', { key: 'pay-hangs' }), payer.headers);
      const { id } = await heldCall(world, 'pay-hangs');
      await approve(world, id);
      await runOf(witness, 'pay-hangs').toBe(1);
      process.kill(witness.pidOf('pay-hangs'), 'SIGKILL');
      expect((await paid).raw).toContain('may have run');
      await untilState(world, id, 'unknown');

      const next = await connectInTime(world, allowing);
      const answer = await send(allowing, toolCall(2, 'note', { key: 'next' }), next.headers);
      expect(answer.raw).toContain('ran next');
      for (const key of ['note-hangs', 'pay-hangs', 'next']) expect(witness.runsOf(key)).toBe(1);
    } finally {
      await close();
    }
  });
}

// Guarantee: whatever ends a connector, it leaves no process behind.
test('a connector that is killed takes its servers with it', async ({ world }) => {
  const { witness, connector, allowing, close } = await openStdio(world, 'per-session');
  try {
    const agent = await connectModernAgent({ world, endpoint: allowing, clientId: 'demo-agent' });
    const lost = agent.call({ tool: 'note', key: 'hangs' });
    await runOf(witness, 'hangs').toBe(1);
    expect(witness.alive().length).toBeGreaterThan(0);
    await connector.kill();
    await expect.poll(() => witness.alive()).toEqual([]);
    expect((await lost).raw).toContain('may have run');
    connector.run();
    await connector.untilLinked();
    expect((await agent.call({ tool: 'note', key: 'after' })).raw).toContain('ran after');
    expect([witness.runsOf('hangs'), witness.runsOf('after')]).toEqual([1, 1]);
  } finally {
    await close();
  }
});

// Guarantee (invariant 8): a call that waits for people survives its gateway, and the connector finds the next one.
test('a gateway that is killed while calls go through a connector', async () => {
  test.setTimeout(4 * 60_000);
  await withFreshStack(async (stack, world) => {
    const behind = await openBehindConnector(world);
    const { arena, connector, call } = behind;
    const { upstream } = arena;
    const halt = upstream.haltAt('ran', 'pay');
    const lost = call('pay', 'runs-2').catch(() => undefined);
    const running = await behind.held('runs-2');
    await running.approve();
    await halt.reached;
    const waiting = call('pay', 'waits-2').catch(() => undefined);
    const waits = await behind.held('waits-2');

    await stack.killGateway();
    halt.letGo();
    await Promise.all([lost, waiting]);
    await stack.startGateway();
    await connector.untilLinked();
    await untilState(world, running.id, 'unknown');
    const again = call('pay', 'waits-2');
    await waits.approve();
    expect((await again).raw).toContain(receiptOf('waits-2'));
    await untilState(world, waits.id, 'delivered');
    expect(Object.fromEntries(upstream.runs)).toEqual({ 'runs-2': 1, 'waits-2': 1 });
    await behind.close();
  });
});
