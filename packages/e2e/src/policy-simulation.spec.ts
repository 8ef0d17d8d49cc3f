import type { Page } from '@playwright/test';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { policySource } from './world/admin.ts';

const NO_READS = `
  - id: no-reads-at-all
    description: Nobody reads while this is tried
    match: { connections: ["demo*"], tools: [query] }
    when: "!sql(args.sql).mutates"
    effect: deny
`;

test.beforeAll(async ({ world }) => {
  const agent = await connectAgent(world, 'legacy');
  await agent.call('query', { sql: 'SELECT 1 AS simulated' });
  await agent.close();
});

test('an admin sees what a draft would change, and goes to the call that it changes', async ({
  world,
  openAs,
}) => {
  const page = await openAs('morgan');
  await page.goto('/policies/edit?view=yaml');
  await writePolicy(page, (await policySource(world)) + NO_READS);
  await page.getByLabel('Which calls').selectOption({ label: 'The last 1,000 calls' });
  await page.getByRole('button', { name: 'Simulate', exact: true }).click();

  const outcome = page.getByRole('region', { name: 'What would change' });
  await expect(outcome).toContainText('would be treated otherwise', { timeout: 90_000 });
  await expect(outcome).toContainText('no-reads-at-all');
  // A large group of changes is closed; how many calls were recorded depends on what ran before.
  const closed = outcome.locator('details:not([open]) > summary');
  while ((await closed.count()) > 0) await closed.first().click();
  const link = outcome.getByRole('link', { name: /called query/ }).first();
  await link.click();
  await expect(page).toHaveURL(/\/sessions\/[^#]+#[0-9a-f-]{36}$/);
  await expect(page.locator('[aria-current="step"]')).toContainText('query');
});

test('an admin tries a recorded call, and sees its arguments only once it is opened', async ({
  world,
  openAs,
}) => {
  const page = await openAs('morgan');
  await page.goto('/policies/edit?view=yaml');
  await writePolicy(page, (await policySource(world)) + NO_READS);
  await page.getByRole('button', { name: 'Pick a recorded call…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Search').fill('query');
  await dialog
    .getByRole('button', { name: /called query/ })
    .first()
    .click();

  const outcome = page.getByRole('region', { name: 'What would happen' });
  await expect(outcome).toContainText('Nobody reads while this is tried');
  await expect(outcome).toContainText('not shown');
  await expect(outcome).not.toContainText('SELECT 1 AS simulated');
  await page.getByRole('button', { name: 'Open its arguments' }).click();
  await expect(outcome).toContainText('SELECT 1 AS simulated');
});

test('a pasted call that can’t be read says why, in place', async ({ openAs }) => {
  const page = await openAs('morgan');
  await page.goto('/policies/edit?view=yaml');
  await page.getByLabel('The call, as JSON').fill('{"connection":"a","connection":"b"}');
  await expect(page.getByLabel('The call, as JSON')).toHaveAttribute('aria-invalid', 'true');
});

/** The editor is no text field: its text is replaced by typing. */
async function writePolicy(page: Page, text: string): Promise<void> {
  await page.getByRole('tab', { name: 'YAML' }).click();
  const editor = page.getByRole('textbox', { name: 'Policy, as YAML' });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}
