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
  await page.getByRole('button', { name: 'Deny everything…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why?').fill('An agent misbehaves.');
  await dialog.getByRole('button', { name: 'Deny everything' }).click();
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

  await page.getByRole('button', { name: 'Open it again…' }).click();
  await dialog.getByLabel('Why?').fill('It was stopped.');
  await dialog.getByRole('button', { name: 'Open it' }).click();
  await expect(page.getByRole('button', { name: 'Deny everything…' })).toBeVisible();
  expect(await agent.call('query', { sql: 'SELECT 1 AS one' })).toMatchObject({ isError: false });
  await agent.close();
});
