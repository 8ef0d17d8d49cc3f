import { approvalDetail, approve, heldCall, untilAbandoned, untilState } from './world/admin.ts';
import { expectState, inboxItem, openInbox } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, ERAS } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

const ENDINGS = [
  { how: 'killed', kill: true },
  { how: 'stopped', kill: false },
] as const;

for (const era of ERAS) {
  for (const { how, kill } of ENDINGS) {
    // Guarantee: any replica can go at any time. What waits is in Postgres, and runs once.
    test(`a ${era} call outlives a gateway that is ${how} while it is held`, async ({
      own: { stack, world },
      openAs,
    }) => {
      const page = await openAs('riley', { world });
      await openInbox(page);
      const agent = await connectAgent(world, era);
      const order = freshOrderId();
      const args = { sql: `DELETE FROM orders WHERE id = ${order}` };
      const before = await world.production.executions();
      const broken = agent.call('query', args).catch(() => undefined);
      const { id } = await heldCall(world, `id = ${order}`);

      await stack.restartGateway({ kill });

      const item = inboxItem(page, order);
      await expect(item).toBeVisible();
      await untilAbandoned(world, id);
      await page.reload();
      await item.click();
      await page.getByTestId('approve').click();
      await expectState(page, 'approved');
      await expect(
        page.getByText('The agent stopped waiting.', { exact: false }).first(),
      ).toBeVisible();
      expect(await world.production.executions(), 'nothing runs while nobody waits').toBe(before);

      const answer = await agent.call('query', args);
      expect(answer).toMatchObject({ isError: false, structured: { command: 'DELETE' } });
      expect(await world.production.executions()).toBe(before + 1);
      await untilState(world, id, 'delivered');
      await expectState(page, 'delivered');
      await agent.close();
      await broken;
    });
  }
}

// Guarantee: an exchange that can't survive ends as `unknown`, and is never sent again by itself.
test('a call that was running when its gateway was killed is shown as unknown', async ({
  own: { stack, world },
}) => {
  await stack.startUpstream({ hang: 'after' });
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const args = { sql: `DELETE FROM orders WHERE id = ${order}` };
  const before = await world.production.executions();
  const broken = agent.call('query', args).catch(() => undefined);
  const { id } = await heldCall(world, `id = ${order}`);
  await approve(world, id);
  await expect.poll(() => world.production.executions()).toBe(before + 1);

  await stack.restartGateway({ kill: true });
  const settled = await untilState(world, id, 'unknown');
  expect(settled.stateReason).toContain('may have run');
  await stack.startUpstream();
  expect(await world.production.executions()).toBe(before + 1);

  // The same call is a new one, and its reviewers are told about the first.
  const again = agent.call('query', args);
  const second = await heldCall(world, `id = ${order}`);
  expect(second.id).not.toBe(id);
  expect((await approvalDetail(world, second.id)).lastSame).toMatchObject({
    approvalId: id,
    state: 'unknown',
  });
  await approve(world, second.id);
  expect(await again).toMatchObject({ isError: false });
  await agent.close();
  await broken;
});
