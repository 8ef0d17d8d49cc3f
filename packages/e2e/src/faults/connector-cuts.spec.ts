import { untilState } from '../world/admin.ts';
import { expect, test } from '../world/fixtures.ts';
import { openBehindConnector, type BehindConnector } from './behind-connector.ts';
import { receiptOf, type UpstreamPoint } from './counting-upstream.ts';
import type { Cut } from './cutting-proxy.ts';

let behind: BehindConnector;

test.beforeEach(async ({ world }) => {
  behind = await openBehindConnector(world);
});
test.afterEach(() => behind.close());

/** The last character of a key says which way its answer comes. */
const CUTS: readonly (readonly [Cut, UpstreamPoint, string])[] = [
  ['closed', 'half a body', 'cut-1'],
  ['reset', 'ran', 'cut-2'],
  ['half-open', 'half an event', 'cut-4'],
];

for (const [how, point, key] of CUTS) {
  // Guarantee (invariants 2 and 8): what may have run is unknown and isn't sent again; what waits for
  // people doesn't depend on the network to the connector, and runs once when it is back.
  test(`a network that breaks (${how}) with calls on it: ${point}`, async ({ world }) => {
    const { arena, proxy, connector, call } = behind;
    const { upstream } = arena;
    const paying = upstream.haltAt(point, 'pay');
    const paid = call('pay', key);
    const approval = await behind.held(key);
    await approval.approve();
    await paying.reached;
    const noting = upstream.haltAt('ran', 'note');
    const noted = call('note', `note-${key}`);
    await noting.reached;
    const waiting = call('pay', `waits-${key}`);
    const waits = await behind.held(`waits-${key}`);

    proxy.cut(how);
    for (const answer of [paid, noted]) expect((await answer).raw).toContain('may have run');
    await untilState(world, approval.id, 'unknown');
    noting.letGo();
    paying.letGo();

    await connector.untilLinked();
    await waits.approve();
    expect((await waiting).raw).toContain(receiptOf(`waits-${key}`));
    await untilState(world, waits.id, 'delivered');
    expect(Object.fromEntries(upstream.runs)).toEqual({
      [key]: 1,
      [`note-${key}`]: 1,
      [`waits-${key}`]: 1,
    });
    // Nothing of the broken network is left over.
    await expect.poll(async () => (await connector.view())?.links.length).toBe(1);
    await expect.poll(async () => (await connector.view())?.openStreams).toBe(0);
  });
}

// Guarantee: what never left is failed, and says so; it isn't kept to run when nobody expects it any more.
test('a call that is approved while no connector is there fails, and has not run', async ({
  world,
}) => {
  const { arena, proxy, connector, call } = behind;
  const key = 'finds-nobody';
  const asked = call('pay', key);
  const approval = await behind.held(key);
  proxy.bar(true);
  proxy.cut('closed');
  await connector.untilOffline();
  await approval.approve();
  const told = await asked;
  expect(told.raw).toContain('has not run');
  await untilState(world, approval.id, 'failed');
  expect((await call('note', 'finds-nobody-either')).raw).toContain('has not run');
  expect(arena.upstream.runs.size).toBe(0);

  proxy.bar(false);
  await connector.untilLinked();
  expect(arena.upstream.runs.size, 'nothing was kept for later').toBe(0);
  const again = call('pay', key);
  const second = await behind.held(key);
  await second.approve();
  expect((await again).raw).toContain(receiptOf(key));
  expect(arena.upstream.runs.get(key)).toBe(1);
});

// Guarantee: revoked means cut off within a second, also with calls on it: they may have run.
test('a connector that is revoked while a call runs', async ({ world }) => {
  const { arena, connector, call } = behind;
  const key = 'revoked-2';
  const halt = arena.upstream.haltAt('ran', 'pay');
  const asked = call('pay', key);
  const approval = await behind.held(key);
  await approval.approve();
  await halt.reached;
  await connector.revoke();
  expect((await asked).raw).toContain('may have run');
  await untilState(world, approval.id, 'unknown');
  halt.letGo();
  expect(await connector.ended(), 'it says that no restart helps').toBe(78);
  expect((await call('note', 'after-it')).raw).toContain('has not run');
  expect(Object.fromEntries(arena.upstream.runs)).toEqual({ [key]: 1 });

  connector.run();
  expect(await connector.ended()).toBe(78);
  expect((await connector.view())?.state).toBe('revoked');
});
