import { untilState } from '../world/admin.ts';
import { expect, test } from '../world/fixtures.ts';
import { connectLegacyAgent, connectModernAgent } from './agent.ts';
import { openBehindConnector, type BehindConnector } from './behind-connector.ts';
import { receiptOf } from './counting-upstream.ts';
import { examine } from './examine.ts';
import { withFreshStack } from './fresh-stack.ts';
import type { Ending, Trial } from './trial.ts';

test.use({ trace: 'off' });

const MORE_CALLS = 12;

/** Agents that call all the time, in both eras where the server's sessions don't end with a connector. */
function startLoad({ arena }: BehindConnector): void {
  const { load, world, endpoint } = arena;
  for (const clientId of ['demo-agent', 'second-agent']) {
    const place = { world, endpoint, clientId };
    for (let count = 0; count < 2; count += 1) load.add('note', () => connectModernAgent(place));
    load.add('pay', () => connectModernAgent(place));
    load.add('pay', () => connectLegacyAgent(place));
  }
}

/** Waits until so many more calls have ended. */
async function untilMoreCalls({ arena }: BehindConnector): Promise<void> {
  const ended = () => arena.load.trials.filter(({ ending }) => ending !== undefined).length;
  const before = ended();
  await expect.poll(ended, { timeout: 60_000 }).toBeGreaterThan(before + MORE_CALLS);
}

/**
 * How calls of one tool ended whose agents stayed. An agent of 2026-07-28 that leaves while its held call
 * runs has cancelled it, and is told on its return that it may have run, whatever connectors do.
 */
function endings(trials: readonly Trial[], tool: Trial['tool']): ReadonlySet<Ending | undefined> {
  const stayed = ({ leaves }: Trial) => tool === 'note' || !leaves;
  const those = trials.filter((trial) => trial.tool === tool && stayed(trial));
  return new Set(those.map(({ ending }) => ending));
}

// Guarantee: connectors of one site are upgraded one after the other, and no agent notices.
test('two connectors of a site are replaced in turn under load, and no call fails', async ({
  world,
}) => {
  test.setTimeout(3 * 60_000);
  const behind = await openBehindConnector(world);
  const { arena, connector } = behind;
  try {
    const other = await behind.addConnector();
    startLoad(behind);
    await untilMoreCalls(behind);
    for (const each of [connector, other]) {
      expect(await each.stop(), 'it ends in order').toBe(0);
      await untilMoreCalls(behind);
      each.run();
      await each.untilLinked();
      await untilMoreCalls(behind);
    }
    await arena.load.finish();
    const { trials } = arena.load;
    expect((await examine(arena, [])).broken).toEqual([]);
    expect(endings(trials, 'note')).toEqual(new Set(['answered']));
    expect(endings(trials, 'pay')).toEqual(new Set(['answered', 'denied']));
  } finally {
    await behind.close();
  }
});

// Guarantee (invariant 2): what a dead connector didn't take goes to the other one, and what it took is unknown.
test('one of two connectors is killed under load', async ({ world }) => {
  test.setTimeout(3 * 60_000);
  const behind = await openBehindConnector(world);
  const { arena, connector, proxy } = behind;
  try {
    await behind.addConnector();
    startLoad(behind);
    await untilMoreCalls(behind);
    await connector.kill();
    await untilMoreCalls(behind);
    connector.run();
    await connector.untilLinked();
    await untilMoreCalls(behind);
    proxy.cut('reset');
    await untilMoreCalls(behind);
    await arena.load.finish();
    const { trials } = arena.load;
    expect((await examine(arena, [])).broken).toEqual([]);
    for (const ending of endings(trials, 'note'))
      expect(['answered', 'told unknown'], 'none is refused: there was another one').toContain(
        ending,
      );
    expect(endings(trials, 'note')).toContain('answered');
  } finally {
    await behind.close();
  }
});

// Guarantee (invariants 2 and 8): a call that arrives at one gateway runs through a connector of another; what
// breaks in between is unknown where it may have run, and nowhere twice.
test('two gateways, and the connector is linked to the other one', async () => {
  test.setTimeout(4 * 60_000);
  await withFreshStack(async (stack, world) => {
    const behind = await openBehindConnector(world);
    const { arena, connector } = behind;
    const { upstream, endpoint } = arena;
    const second = await stack.startSecondGateway({ HOLDPOINT_OIDC_AUDIENCES: endpoint });
    const far = await behind.addConnector(second.url);
    await connector.stop();
    await connector.untilOffline();
    // The one that lives is at the other gateway; agents stay with the first.
    const agent = await connectModernAgent({ world, endpoint, clientId: 'demo-agent' });
    const call = (tool: Trial['tool'], key: string) => agent.call({ tool, key });

    expect((await call('note', 'relayed-1')).raw).toContain(receiptOf('relayed-1'));
    expect((await call('note', 'relayed-2')).raw).toContain(receiptOf('relayed-2'));
    const paid = call('pay', 'paid-2');
    await (await behind.held('paid-2')).approve();
    expect((await paid).raw).toContain(receiptOf('paid-2'));

    const first = upstream.haltAt('ran', 'note');
    const lost = call('note', 'lost-2');
    await first.reached;
    await far.kill();
    expect((await lost).raw).toContain('may have run');
    first.letGo();
    far.run();
    await far.untilLinked();

    const halt = upstream.haltAt('half an event', 'pay');
    const broken = call('pay', 'gateway-dies-2');
    const running = await behind.held('gateway-dies-2');
    await running.approve();
    await halt.reached;
    const waiting = call('pay', 'waits-2');
    const waits = await behind.held('waits-2');
    await second.kill();
    expect((await broken).raw).toContain('may have run');
    await untilState(world, running.id, 'unknown');
    halt.letGo();
    connector.run();
    await connector.untilLinked();
    await waits.approve();
    expect((await waiting).raw).toContain(receiptOf('waits-2'));
    expect(Object.fromEntries(upstream.runs)).toEqual({
      'relayed-1': 1,
      'relayed-2': 1,
      'paid-2': 1,
      'lost-2': 1,
      'gateway-dies-2': 1,
      'waits-2': 1,
    });
    await behind.close();
  });
});
