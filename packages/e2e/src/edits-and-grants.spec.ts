import type { Page } from '@playwright/test';
import { heldCall, registerConnection, untilState } from './world/admin.ts';
import { expectState } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

// Guarantee: what was approved is what runs; whoever changed the arguments does not approve them.
test('a reviewer changes the arguments, another one approves them, and the agent is told', async ({
  world,
  openAs,
}) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const asked = `DELETE FROM orders WHERE id >= ${order}`;
  const changed = `DELETE FROM orders WHERE id = ${order}`;
  const answered = agent.call('query', { sql: asked });
  const { id } = await heldCall(world, String(order));

  const editor = await openAs('avery');
  await open(editor, id);
  await editor.keyboard.press('e');
  const form = editor.getByRole('dialog', { name: 'Approve with changes' });
  await expect(form.getByTestId('edit-propose')).toBeDisabled();
  const text = form.getByLabel('Arguments (JSON)');
  await text.fill(JSON.stringify({ sql: changed }).slice(0, -1));
  await expect(form.getByText(/^This can’t be read\./)).toBeVisible();
  await expect(form.getByTestId('edit-propose')).toBeDisabled();
  await text.fill(JSON.stringify({ sql: changed }));
  await expect(form.getByRole('region', { name: /^Difference of/ })).toContainText(
    `removed: ${asked}`,
  );
  await form.getByLabel('Why (optional)').fill('One order is enough.');
  await form.getByTestId('edit-propose').click();
  await expect(form).toBeHidden();
  await expect(editor.getByText('own_edit')).toBeVisible();
  await expect(editor.getByTestId('approve')).toHaveCount(0);

  const second = await openAs('riley');
  await open(second, id);
  const proposal = second.getByTestId('approval-edit');
  await expect(proposal).toContainText('Avery Chen proposes other arguments');
  const difference = proposal.getByRole('region', { name: /^Difference of/ });
  await expect(difference).toContainText(`removed: ${asked}`);
  await expect(difference).toContainText(`added: ${changed}`);
  await second.getByTestId('approve').click();
  await expectState(second, 'delivered');

  const told = await answered;
  expect(told.isError).toBe(false);
  expect(told.text).toContain('a reviewer changed the arguments');
  expect(told.text).toContain('One order is enough.');
  expect(await world.production.executionsOf('query', { sql: changed })).toBe(1);
  expect(await world.production.executionsOf('query', { sql: asked })).toBe(0);

  // Told again later, both are there: what was asked, and what left for it.
  await second.getByRole('link', { name: 'Replay what it did before' }).click();
  const sent = second
    .getByRole('list', { name: 'Timeline' })
    .getByRole('listitem')
    .filter({ hasText: 'with changed arguments' })
    // Without a session handle an earlier call of the same agent is part of the same one.
    .last();
  await sent.getByRole('button').first().click();
  await expect(sent.getByRole('region', { name: /^Difference of/ })).toContainText(
    `removed: ${asked}`,
  );
  await agent.close();
});

// Guarantee (invariant 2): nobody approves what took the place of what they read, by a key on its way.
test('a proposal that comes in under a reader’s hand is not approved by the key that was meant for the call', async ({
  world,
  openAs,
}) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, String(order));
  const editor = await openAs('avery');
  await open(editor, id);
  await editor.keyboard.press('e');
  const form = editor.getByRole('dialog', { name: 'Approve with changes' });
  const changed = `DELETE FROM orders WHERE id >= ${order}`;
  await form.getByLabel('Arguments (JSON)').fill(JSON.stringify({ sql: changed }));

  const reader = await openAs('riley');
  await open(reader, id);
  await reader.keyboard.press('a');
  await expect(reader.getByTestId('approve')).toHaveText('Press Enter to approve');
  await form.getByTestId('edit-propose').click();
  await expect(reader.getByTestId('approval-edit')).toBeVisible();
  await reader.keyboard.press('Enter');
  await expect(reader.getByTestId('changed-under')).toContainText('Read it again');
  await expect(reader.getByTestId('approve')).toHaveText('Approve');
  expect((await heldCall(world, String(order))).id).toBe(id);

  // Once it was there to be read, it is decided as ever.
  await reader.getByTestId('approve').click();
  await expectState(reader, 'delivered');
  expect((await answered).isError).toBe(false);
  await agent.close();
});

// Guarantee (invariant 2): who wanted to change the arguments doesn't give a grant, by a tap on its way.
test('a grant that is proposed under a reader’s thumb is not agreed to by the tap that was meant for what stood there', async ({
  world,
  openAs,
}) => {
  const { endpoint } = await registerConnection(world, { slug: 'demo-thumb', quorum: 2 });
  const agent = await connectAgent(world, 'modern', { endpoint });
  const reason = `Arrived late, no. ${freshOrderId()}`;
  const args = { orderId: 1_002, amountCents: 12, reason };
  const answered = agent.call('refund_order', args);
  const { id } = await heldCall(world, reason);
  const reader = await openAs('riley', { phone: true });
  await reader.goto(`/inbox/${id}`);
  await expect(reader.getByTestId('edit')).toBeEnabled();
  const stood = await reader.getByTestId('edit').boundingBox();
  if (stood === null) throw new Error('The button is not in sight.');

  const proposer = await openAs('avery');
  await open(proposer, id);
  await proposer.getByTestId('grant-propose').click();
  await proposer.getByRole('dialog').getByTestId('grant-give').click();
  await expect(reader.getByTestId('grant-agree')).toBeVisible();
  await reader.touchscreen.tap(stood.x + stood.width / 2, stood.y + stood.height / 2);
  await expect(reader.getByTestId('changed-under')).toBeVisible();
  await reader.keyboard.press('a');
  await expect(reader.getByTestId('approve')).toHaveText('Approve');
  expect(await world.production.executionsOf('refund_order', args)).toBe(0);

  await reader.getByTestId('grant-agree').click();
  expect((await answered).isError).toBe(false);
  await agent.close();
});

// Guarantee: a hand that slips while it selects text loses nothing that was typed.
test('a selection that ends beside the dialog leaves it open, a click there closes it', async ({
  world,
  openAs,
}) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const leaving = new AbortController();
  const sql = `DELETE FROM orders WHERE id = ${order}`;
  const call = agent.call('query', { sql }, leaving.signal).catch(() => undefined);
  const { id } = await heldCall(world, String(order));
  const page = await openAs('avery');
  await open(page, id);
  await page.keyboard.press('e');
  const text = page.getByLabel('Arguments (JSON)');
  const typed = JSON.stringify({ sql: `${sql} AND item = 'Lamp'` });
  await text.fill(typed);
  const box = await text.boundingBox();
  if (box === null) throw new Error('unreachable: it was filled');
  await page.mouse.move(box.x + 60, box.y + 15);
  await page.mouse.down();
  await page.mouse.move(3, box.y + 15, { steps: 5 });
  await page.mouse.up();
  await expect(text).toHaveValue(typed);
  await page.mouse.click(3, box.y + 15);
  await expect(text).toHaveCount(0);
  leaving.abort();
  await call;
  await agent.close();
});

// Guarantee: a grant needs everyone who approves, and lets through no more than it says.
test('two reviewers give a grant for one use: the next call passes, the one after is held', async ({
  world,
  openAs,
}) => {
  const connection = await registerConnection(world, { slug: 'demo-grants', quorum: 2 });
  const agent = await connectAgent(world, 'modern', { endpoint: connection.endpoint });
  const reason = `Arrived late, no. ${freshOrderId()}`;
  const refund = (amountCents: number) => ({ orderId: 1_002, amountCents, reason });
  const ran = (amountCents: number) =>
    world.production.executionsOf('refund_order', refund(amountCents));
  const answered = agent.call('refund_order', refund(11));
  const { id } = await heldCall(world, reason);

  const first = await openAs('riley');
  await open(first, id);
  await first.keyboard.press('w');
  const form = first.getByRole('dialog', { name: 'Approve and allow again' });
  // Where something may be changed, and not on the button that closes it.
  await expect(form.getByRole('checkbox').first()).toBeFocused();
  await form.getByRole('checkbox', { name: /amountCents/ }).check();
  await form.getByLabel('amountCents, to').fill('20');
  await form.getByTestId('grant-uses').fill('1');
  await expect(form.getByTestId('grant-sentence')).toContainText(
    'any whole amountCents from 11 to 20',
  );
  await form.getByTestId('grant-give').click();
  await expect(first.getByTestId('approval-grant')).toHaveAttribute('data-state', 'proposed');

  const other = await openAs('avery');
  await open(other, id);
  await expect(other.getByTestId('approval-grant')).toContainText('up to once');
  await other.getByTestId('grant-agree').click();
  expect(await answered).toMatchObject({ isError: false });
  await untilState(world, id, 'delivered');
  await expect(other.getByTestId('approval-grant')).toHaveAttribute('data-state', 'in-force');

  expect(await agent.call('refund_order', refund(12))).toMatchObject({ isError: false });
  expect(await ran(12)).toBe(1);
  const leaving = new AbortController();
  const after = agent.call('refund_order', refund(13), leaving.signal).catch(() => undefined);
  await heldCall(world, reason);
  expect(await ran(13)).toBe(0);
  leaving.abort();
  await after;
  await agent.close();

  await other.goto('/settings/grants');
  const row = other.getByTestId('grant').filter({ hasText: reason });
  await expect(row).toHaveAttribute('data-state', 'used-up');
  await row.getByText('Calls that it let through (1)').click();
  await row.getByRole('listitem').getByRole('link').click();
  const current = other.locator('[aria-current="step"]');
  await expect(current).toContainText('refund_order');
});

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/inbox/${id}`);
  await expect(page.getByTestId('approve')).toBeVisible();
}
