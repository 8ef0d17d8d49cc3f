import { policyInForceSchema } from '@holdpoint/contracts';
import type { Page } from '@playwright/test';
import { policySource, publishPolicy } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';

const RULE = (id: string) => `
  - id: ${id}
    match:
      tools: [query]
    when: args.sql.contains("${id}")
    effect: deny
`;
const CASE = (effect: string) => `tests:
  - description: what the rule is about
    call:
      connection: demo
      method: tools/call
      params: { name: query, arguments: { sql: SELECT 'cases-rule' } }
      caller: { subject: etl, groups: [agents] }
    expect: { effect: ${effect} }
`;

let original: string;

test.beforeAll(async ({ world }) => {
  original = await policySource(world);
});
test.afterEach(({ world }) => publishPolicy(world, original));

// Guarantee: no save overwrites what its author has not seen, and neither text is lost.
test('a draft is saved while it is typed, and two people in it see both texts', async ({
  openAs,
}) => {
  const one = await openAs('morgan');
  await one.goto('/policies/edit?view=yaml');
  await writePolicy(one, original + RULE('first-text'));
  await expect(one.getByText(/^You saved this/)).toBeVisible();
  await expect(one).toHaveURL(/draft=/);

  const other = await openAs('morgan');
  await other.goto(one.url());
  await expect(other.getByText(/^You saved this/)).toBeVisible();
  await one.context().setOffline(true);
  await writePolicy(one, original + RULE('typed-offline'));
  await expect(one.getByText(/kept in this browser/)).toBeVisible();
  await writePolicy(other, original + RULE('saved-meanwhile'));
  await expect(other.getByText(/^You saved this/)).toBeVisible();
  await one.context().setOffline(false);

  await expect(one.getByText(/saved this draft while you were typing/)).toBeVisible();
  await one.getByRole('button', { name: 'Keep mine' }).click();
  await expect(one.getByText(/^You saved this/)).toBeVisible();
  await one.goto('/policies');
  const drafts = one.getByRole('list', { name: 'Drafts', exact: true });
  await expect(drafts).toContainText('as Morgan');
});

test('a failing test case keeps a policy back; once it passes, it is published and rolled back', async ({
  world,
  openAs,
}) => {
  const page = await openAs('morgan');
  await page.goto('/policies/edit?view=yaml');
  await writePolicy(page, original + RULE('cases-rule'));
  await page.getByText('Test cases', { exact: true }).click();
  await page.getByLabel(/Calls and what must become of them/).fill(CASE('hold'));
  await expect(page.getByText(/1 of 1 test case failed/)).toBeVisible();
  await page.getByRole('button', { name: 'Review and publish…' }).click();
  const review = page.getByRole('dialog');
  await expect(review.getByRole('list', { name: 'Changed rules' })).toContainText('cases-rule');
  await expect(review.getByRole('button', { name: 'Publish', exact: true })).toBeDisabled();
  await review.getByRole('button', { name: 'Back to the text' }).click();

  await page.getByLabel(/Calls and what must become of them/).fill(CASE('deny'));
  await page.getByRole('button', { name: 'Review and publish…' }).click();
  await review.getByLabel('Note').fill('A rule with its case.');
  await review.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(page).toHaveURL(/\/policies$/);

  const admin = await world.person('morgan');
  const { version } = await admin.get('/api/policy', policyInForceSchema);
  expect(version).toMatchObject({ note: 'A rule with its case.', cases: CASE('deny') });
  await page.goto(`/policies/versions/${version.number - 1}`);
  await page.getByRole('button', { name: 'Publish again…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish again' }).click();
  await expect(page).toHaveURL(/\/policies$/);
  const versions = page.getByRole('list', { name: 'Versions' });
  await expect(versions).toContainText(`version ${version.number - 1} again`);
});

/** Replaces all of the editor's text. */
async function writePolicy(page: Page, source: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Policy, as YAML' }).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(source);
}
