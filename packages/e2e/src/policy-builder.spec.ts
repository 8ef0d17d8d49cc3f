import type { Page } from '@playwright/test';
import { policySource } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';

// Guarantee: a form and a text are two views of one document. What a form doesn't change stays as it
// is written, comments included.

const yaml = (page: Page) => page.getByRole('textbox', { name: 'Policy, as YAML' });
const row = (page: Page, id: string) =>
  page.getByRole('list', { name: 'Rules' }).getByRole('button', { name: new RegExp(id) });

async function openEditor(page: Page, query = ''): Promise<void> {
  await page.goto(`/policies/edit${query}`);
  await expect(page.getByText(/^Valid: /)).toBeVisible();
}

async function showAs(page: Page, view: 'Rules' | 'YAML'): Promise<void> {
  await page.getByRole('tab', { name: view }).click();
}

test('a template becomes a rule, which a form and the text change in turn', async ({
  world,
  openAs,
}) => {
  const page = await openAs('morgan');
  const before = await policySource(world);
  await openEditor(page);

  await page.getByRole('button', { name: 'New rule…' }).click();
  await page.getByRole('button', { name: /^Hold large amounts/ }).click();
  await page.getByLabel('More than').fill('250');
  await page.getByRole('button', { name: 'Add this rule' }).click();
  await expect(page).toHaveURL(/rule=large-amounts/);
  await expect(row(page, 'large-amounts')).toContainText('amount is more than 250');

  await page.getByLabel('Description').fill('Somebody looks at large refunds');
  await page.getByLabel('Value', { exact: true }).fill('300');
  await page.getByLabel('Effect', { exact: true }).selectOption('deny');
  await expect(row(page, 'large-amounts')).toContainText(/Deny .* amount is more than 300/);

  await showAs(page, 'YAML');
  await expect(yaml(page)).toContainText('description: Somebody looks at large refunds');
  await expect(yaml(page)).toContainText('when: args.amount > 300');
  await yaml(page).click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.insertText('# Agreed with finance.\n');

  await showAs(page, 'Rules');
  await page.getByLabel('Effect', { exact: true }).selectOption('hold');
  await expect(page.getByText(/^Valid: /)).toBeVisible();
  await showAs(page, 'YAML');
  await expect(yaml(page)).toContainText('# Agreed with finance.');
  // Lines out of sight aren't in the page.
  await page.keyboard.press('ControlOrMeta+Home');
  await expect(yaml(page)).toContainText('# The policy of the demo connections.');

  // One history for both views, back to the text that it began with.
  const undo = page.getByRole('button', { name: 'Undo', exact: true });
  while (await undo.isEnabled()) await undo.click();
  await expect(yaml(page)).not.toContainText('large-amounts');
  expect(await policySource(world)).toBe(before);
});

test('a deleted rule comes back', async ({ openAs }) => {
  const page = await openAs('morgan');
  await openEditor(page, '?view=rules&rule=hold-refunds');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(row(page, 'hold-refunds')).toHaveCount(0);
  await page.keyboard.press('ControlOrMeta+z');
  await expect(row(page, 'hold-refunds')).toBeVisible();
});

test('an error is shown at its field, and leads to its place in the text', async ({ openAs }) => {
  const page = await openAs('morgan');
  await openEditor(page, '?view=rules&rule=hold-writes');
  await page.getByRole('button', { name: 'As CEL' }).first().click();
  const condition = page.getByRole('textbox', { name: 'Applies when, as CEL' });
  await condition.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('arg.sql == "x"');
  await expect(row(page, 'hold-writes')).toContainText('1 error');
  const field = page.getByRole('group', { name: 'Applies when' });
  await expect(field.getByText(/Unknown variable: arg/)).toBeVisible();
  await page.getByRole('list', { name: 'Problems' }).getByRole('button').first().click();
  await expect(page).toHaveURL(/view=yaml/);
  await expect(yaml(page)).toBeFocused();
  await page.keyboard.press('ControlOrMeta+z');
  await expect(page.getByText(/^Valid: /)).toBeVisible();
});

test('the text completes keys, names and what a condition may say', async ({ openAs }) => {
  const page = await openAs('morgan');
  await openEditor(page, '?view=yaml');
  const options = page.getByRole('listbox');
  await yaml(page).click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type('  - id: typed\n');
  await page.keyboard.type('eff');
  await expect(options.getByRole('option', { name: 'effect' })).toBeVisible();
  await page.keyboard.press('Escape');
  for (let typed = 0; typed < 3; typed += 1) await page.keyboard.press('Backspace');
  await page.keyboard.type('when: sql(args.sql).mut');
  await expect(options.getByRole('option', { name: /^mutates/ })).toBeVisible();
  // The editor takes no key for a choice before a list has stood for 75 ms, so that nobody is overtaken.
  await page.waitForTimeout(300);
  await page.keyboard.press('Enter');
  await expect(yaml(page)).toContainText('when: sql(args.sql).mutates');
});

test('a text that can’t be read is mended as text, and nothing of it is lost', async ({
  openAs,
}) => {
  const page = await openAs('morgan');
  await openEditor(page, '?view=yaml');
  await yaml(page).click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.insertText('broken: [\n');
  await showAs(page, 'Rules');
  await expect(page.getByText('Mend it in YAML first')).toBeVisible();
  await page.getByRole('button', { name: /^Go to line/ }).click();
  await expect(yaml(page)).toContainText('broken: [');
});
