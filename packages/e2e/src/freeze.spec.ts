import { heldCall, registerConnection, untilState } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

// Guarantee: the deny-everything switch stops held and new calls at once.
test('an admin freezes a connection: held and new calls are denied until it is opened again', async ({
  world,
  openAs,
}) => {
  const connection = await registerConnection(world, { slug: 'demo-freeze' });
  const agent = await connectAgent(world, 'legacy', { endpoint: connection.endpoint });
  const order = freshOrderId();
  const before = await world.production.executions();
  const held = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);

  const page = await openAs('morgan');
  await page.goto(`/connections/${connection.id}`);
  await page.getByRole('button', { name: 'Freeze…', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why?').fill('An agent misbehaves.');
  await dialog.getByRole('button', { name: 'Freeze the connection' }).click();
  await expect(page.getByText('Frozen: every call is denied, held ones too')).toBeVisible();

  const denied = await held;
  expect(denied.isError).toBe(true);
  expect(denied.text).toContain('An agent misbehaves.');
  await untilState(world, id, 'denied');
  for (const sql of ['SELECT 1', `DELETE FROM orders WHERE id = ${order}`]) {
    const refused = await agent.call('query', { sql });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain('An agent misbehaves.');
  }
  expect(await world.production.executions()).toBe(before);

  await page.getByRole('button', { name: 'Lift the freeze…' }).click();
  await dialog.getByLabel('Why?').fill('It was stopped.');
  await dialog.getByRole('button', { name: 'Lift the freeze' }).click();
  await expect(page.getByRole('button', { name: 'Freeze…', exact: true })).toBeVisible();
  expect(await agent.call('query', { sql: 'SELECT 1 AS one' })).toMatchObject({ isError: false });
  await agent.close();
});

// Guarantee: whoever looks at a held call can stop its caller there and then, on every connection.
test('a reviewer freezes the caller of a held call with the keyboard; an admin lifts it', async ({
  world,
  openAs,
}) => {
  const agent = await connectAgent(world, 'legacy');
  const order = freshOrderId();
  const held = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  const reviewer = await openAs('avery');
  await reviewer.goto(`/inbox/${id}`);
  await reviewer.getByRole('button', { name: 'Freeze this caller…' }).focus();
  await reviewer.keyboard.press('Enter');
  const why = reviewer.getByRole('dialog').getByLabel('Why?');
  await why.fill('It deletes orders.');
  await why.press('Enter');

  const denied = await held;
  expect(denied.isError).toBe(true);
  expect(denied.text).toContain('It deletes orders.');
  await untilState(world, id, 'denied');
  await expect(reviewer.getByText(/^The caller was frozen: It deletes orders/)).toBeVisible();

  const admin = await openAs('morgan');
  await admin.goto('/sessions');
  const banner = admin.getByRole('status').filter({ hasText: 'is frozen by' });
  await expect(banner).toContainText('“It deletes orders.”');
  await banner.getByRole('link', { name: 'Lift…' }).click();
  await admin.getByRole('list', { name: 'Frozen now' }).getByRole('button').click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Lift the freeze' }).click();
  await expect(admin.getByText('Nothing is frozen')).toBeVisible();
  await expect(banner).toBeHidden();
  expect(await agent.call('query', { sql: 'SELECT 1 AS one' })).toMatchObject({ isError: false });
  await agent.close();
});
