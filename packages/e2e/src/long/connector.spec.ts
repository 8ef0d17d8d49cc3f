import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@playwright/test';
import { connectModernAgent, connectLegacyAgent } from '../faults/agent.ts';
import { openBehindConnector } from '../faults/behind-connector.ts';
import type { Cut } from '../faults/cutting-proxy.ts';
import { examine } from '../faults/examine.ts';
import { withFreshStack } from '../faults/fresh-stack.ts';

const wanted = Number(process.env['HOLDPOINT_CUTS'] ?? 200);
const CUTS: readonly Cut[] = ['closed', 'reset', 'half-open'];
const BETWEEN_MS = 4_000;

test.use({ trace: 'off' });

// Guarantee (invariants 1, 2 and 8): as in the short runs, again and again, at moments that nobody chose.
test(`${wanted} times a network breaks or a connector is killed, under load`, async () => {
  test.setTimeout(wanted * 60_000 + 5 * 60_000);
  await withFreshStack(async (_stack, world) => {
    const behind = await openBehindConnector(world);
    const { arena, connector, proxy } = behind;
    const other = await behind.addConnector();
    const { load, endpoint } = arena;
    for (const clientId of ['demo-agent', 'second-agent']) {
      const place = { world, endpoint, clientId };
      for (const connect of [connectModernAgent, connectLegacyAgent]) {
        load.add('pay', () => connect(place));
        load.add('note', () => connect(place));
      }
    }
    for (let number = 0; number < wanted; number += 1) {
      await sleep(Math.random() * BETWEEN_MS);
      const how = CUTS[number % (CUTS.length + 1)];
      if (how !== undefined) proxy.cut(how);
      else {
        await other.kill();
        other.run();
      }
      // A broken network that nobody was told of costs its calls 20 s; the other connector serves meanwhile.
      await Promise.all([connector.untilLinked(), other.untilLinked()]);
    }
    await load.finish();
    const { broken, unknown } = await examine(arena, []);
    console.log(`${wanted} breaks, ${load.trials.length} calls, ${unknown.size} held ones unknown`);
    expect(broken).toEqual([]);
    await behind.close();
  });
});
