import { denyWith, expectState, inboxItem, openInbox } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, ERAS } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

for (const era of ERAS) {
  test(`a denied ${era} call never runs, and its agent reads the reason`, async ({
    world,
    openAs,
  }) => {
    const page = await openAs('avery');
    await openInbox(page);
    const agent = await connectAgent(world, era);
    const order = freshOrderId();
    const before = await world.production.executions();
    const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });

    await inboxItem(page, order).click();
    await denyWith(page, 'Ask for a dry run first.');
    await expectState(page, 'denied');
    await expect(page.getByText('Ask for a dry run first.').first()).toBeVisible();

    const answer = await answered;
    expect(answer.isError).toBe(true);
    expect(answer.text).toContain('Ask for a dry run first.');
    expect(answer.text).toContain('has not run');
    expect(await world.production.executions()).toBe(before);

    // The same call again is told at once, without another approval.
    const again = await agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
    expect(again).toMatchObject({ isError: true });
    expect(again.text).toContain('Ask for a dry run first.');
    await openInbox(page);
    await expect(inboxItem(page, order)).toHaveCount(0);
    expect(await world.production.executions()).toBe(before);
    await agent.close();
  });
}

test('a policy’s deny is immediate, in the words of its rule', async ({ world }) => {
  const agent = await connectAgent(world, 'modern');
  const before = await world.production.executions();
  const answer = await agent.call('query', { sql: 'DROP TABLE orders' });
  expect(answer).toMatchObject({ isError: true });
  expect(answer.text).toContain('Schema changes go through migrations.');
  expect(await world.production.executions()).toBe(before);
  await agent.close();
});

test('a denial needs a reason', async ({ world, openAs }) => {
  const page = await openAs('avery');
  const agent = await connectAgent(world, 'legacy');
  const order = freshOrderId();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  await openInbox(page);
  await inboxItem(page, order).click();
  await page.getByTestId('deny').click();
  await expect(page.getByTestId('deny-confirm')).toBeDisabled();
  await page.getByTestId('deny-reason').fill('   ');
  await expect(page.getByTestId('deny-confirm')).toBeDisabled();
  await page.getByTestId('deny-reason').fill('Not on a Sunday.');
  await page.getByTestId('deny-confirm').click();
  expect((await answered).text).toContain('Not on a Sunday.');
  await agent.close();
});

// Guarantee: where the button says that Enter approves, Enter approves.
test('the two keys approve from the form of a denial, too', async ({ world, openAs }) => {
  const page = await openAs('avery');
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  await openInbox(page);
  await inboxItem(page, order).click();
  await page.getByTestId('deny').click();
  await page.getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('a');
  await expect(page.getByTestId('approve')).toHaveText('Press Enter to approve');
  await expect(page.getByTestId('approve')).toBeFocused();
  await page.keyboard.press('Enter');
  await expectState(page, 'approved', 'claimed', 'answered', 'delivered');
  expect((await answered).isError).toBe(false);
  await agent.close();
});
