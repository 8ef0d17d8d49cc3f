import { heldCall, registerConnection } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

// Guarantee: whom the dry run names is who is asked, and whoever is on call may decide.
test('an admin makes a rota and a chain that asks it: the dry run and the held call name who is on call', async ({
  world,
  openAs,
}) => {
  const connection = await registerConnection(world, { slug: 'demo-rota' });
  const reviewer = await openAs('avery');
  const rota = `nights-${Date.now().toString(36)}`;
  const page = await openAs('morgan');
  await page.goto('/settings/rotas');
  await page.getByRole('button', { name: 'Make a rota' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(rota);
  await dialog.getByLabel('Title').fill(`Nights ${rota}`);
  await dialog.getByLabel('Time zone').fill('Europe/Berlin');
  await dialog.getByLabel('Find by name or e-mail').fill('avery');
  await dialog.getByRole('radio', { name: /Avery Chen/ }).check();
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const row = page.getByRole('listitem').filter({ hasText: rota });
  await expect(row).toContainText('Avery Chen is on call until');

  await page.goto(`/connections/${connection.id}`);
  await page.getByRole('button', { name: 'Remove reviewers' }).click();
  await page.getByLabel('Step 1: on call').selectOption(rota);
  await page.getByLabel('Step 1: Deadline').fill('20 minutes');
  await page.getByLabel('Step 1: At the deadline').selectOption('Ask others, too, then deny');
  // A person is found by name, and is called so wherever the chain is told.
  const riley = (await world.person('riley')).me.person.key;
  const people = page.getByLabel('Step 1: Round 1: people');
  const suggested = page.locator(`[id="${await people.getAttribute('list')}"] option`);
  await people.fill('riley@');
  await expect(suggested).toHaveAttribute('label', /^Riley Novak, /);
  await people.fill(riley);
  await people.press('Enter');
  const path = page.getByRole('list', { name: 'The path of a held call' });
  await expect(path).toContainText('also group reviewers or Riley Novak');
  await expect(path).toContainText(`on call for ${rota}`);
  await expect(path).toContainText('after 20 minutes');
  await page.getByText('Dry run: who is asked, when?').click();
  await page.getByLabel('On', { exact: true }).fill('2026-11-28T03:00');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  const timeline = page.getByRole('list', { name: 'What happens' });
  await expect(timeline.getByRole('listitem')).toHaveText([
    /28 Nov, 03:00.*Step 1: Avery Chen \(on call for .*\) is asked\./,
    /28 Nov, 03:20.*Step 1: group reviewers or Riley Novak is asked, too\./,
    /28 Nov, 03:50.*Step 1 is over: the call is denied\./,
  ]);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();

  const agent = await connectAgent(world, 'legacy', { endpoint: connection.endpoint });
  const order = freshOrderId();
  const held = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  await reviewer.goto(`/inbox/${id}`);
  await expect(reviewer.getByTestId('step-time')).toContainText(
    `Asked now: Avery Chen (on call for ${rota}: Avery Chen)`,
  );
  await expect(reviewer.getByTestId('step-time')).toContainText(
    'then group reviewers or Riley Novak is asked, too',
  );
  await reviewer.getByTestId('approve').click();
  expect(await held).toMatchObject({ isError: false });
  await agent.close();
});

// Guarantee: a chain in force is the one that its admin saw when it was saved.
test('what stands in the fields of a chain is what is saved, by Enter too, and a refusal is no success', async ({
  world,
  openAs,
}) => {
  const connection = await registerConnection(world, { slug: 'demo-typed' });
  const page = await openAs('morgan');
  await page.goto(`/connections/${connection.id}`);
  const deadline = page.getByLabel('Step 1: Deadline');
  await deadline.fill('35 minutes');
  await deadline.press('Enter');
  await expect(page.getByText('Saved.')).toBeInViewport();
  await page.reload();
  await expect(deadline).toHaveValue('35 minutes');

  const quorum = page.getByLabel('Step 1: How many must approve');
  await quorum.fill('two');
  await expect(quorum).toHaveValue('1');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await quorum.fill('100');
  await quorum.press('Enter');
  await expect(page.getByText('Some fields need another look.')).toBeVisible();
  await expect(page.getByText('Saved.')).toHaveCount(0);
});
