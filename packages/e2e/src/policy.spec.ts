import type { Page } from '@playwright/test';
import { approve, heldCall, policySource, publishPolicy, untilState } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

const NO_DELETES = `
  - id: no-deletes-today
    description: Nothing is deleted while the books are closed
    match:
      connections: ["demo*"]
      tools: [query]
    when: args.sql.contains("DELETE")
    effect: deny
    message: The books are closed today.
`;

let original: string;

test.beforeAll(async ({ world }) => {
  original = await policySource(world);
});
test.afterEach(({ world }) => publishPolicy(world, original));

test('an admin publishes a policy in the console, and the next call is judged by it', async ({
  world,
  openAs,
}) => {
  const page = await openAs('morgan');
  await page.goto('/policies');
  await page.getByRole('link', { name: 'Edit the policy' }).click();
  const mistyped = original + NO_DELETES.replace('effect: deny', 'efect: deny');
  await writePolicy(page, mistyped);

  const problems = page.getByRole('list', { name: 'Problems' });
  const line = mistyped.split('\n').findIndex((each) => each.includes('efect')) + 1;
  await expect(problems).toContainText(`line ${line}`);
  await expect(page.getByRole('button', { name: 'Review and publish…' })).toBeDisabled();

  await writePolicy(page, original + NO_DELETES);
  await expect(page.getByText(/^Valid: \d+ rules/)).toBeVisible();
  await page.getByRole('button', { name: 'Review and publish…' }).click();
  const review = page.getByRole('dialog');
  await expect(review).toContainText('no-deletes-today');
  await review.getByLabel('Note').fill('Closing the books.');
  await review.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page).toHaveURL(/\/policies$/);
  await expect(page.getByRole('list', { name: 'Rules' })).toContainText('no-deletes-today');

  const agent = await connectAgent(world, 'legacy');
  const before = await world.production.executions();
  const answer = await agent.call('query', {
    sql: `DELETE FROM orders WHERE id = ${freshOrderId()}`,
  });
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('The books are closed today.');
  expect(await world.production.executions()).toBe(before);
  await agent.close();
});

// Guarantee: what is open is judged again as soon as a policy is published; a deny settles it.
test('a held call ends with a deny that is published meanwhile, and its agent reads why', async ({
  world,
}) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const before = await world.production.executions();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  await publishPolicy(world, original + NO_DELETES);

  const answer = await answered;
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('Judged again under version');
  expect(answer.text).toContain('has not run');
  await untilState(world, id, 'denied');
  expect(await world.production.executions()).toBe(before);
  await agent.close();
});

test('a looser policy published meanwhile doesn’t release what is held', async ({ world }) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const before = await world.production.executions();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  await publishPolicy(world, original.replace('id: hold-writes', 'id: hold-writes-still'));
  await untilState(world, id, 'held');
  expect(await world.production.executions()).toBe(before);
  await approve(world, id);
  expect(await answered).toMatchObject({ isError: false });
  expect(await world.production.executions()).toBe(before + 1);
  await agent.close();
});

/** Replaces all of the editor's text. */
async function writePolicy(page: Page, source: string): Promise<void> {
  await page.getByRole('tab', { name: 'YAML' }).click();
  const editor = page.getByRole('textbox', { name: 'Policy, as YAML' });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(source);
}
