import type { Page } from '@playwright/test';
import { expect, test } from './world/fixtures.ts';

// Guarantee: who clicks a link gets there, whatever comes by itself meanwhile, and nothing typed is lost.
test('a draft whose save is answered behind a click doesn’t hold its writer back', async ({
  openAs,
}) => {
  const page = await openAs('morgan');
  const saves = await holdBack(page, (url) => url.pathname === '/api/policy/drafts');
  const leaving = await holdBack(page, (url) => url.searchParams.has('_rsc'));
  await page.goto('/policies/edit?view=yaml');
  const editor = page.getByRole('textbox', { name: 'Policy, as YAML' });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.insertText('# typed just before leaving\n');
  await expect.poll(saves.held).toBe(1);

  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect.poll(leaving.held).toBeGreaterThan(0);
  saves.release();
  await expect(page.getByText(/^You saved this/)).toBeVisible();
  await expect(page).toHaveURL(/\/policies\/edit\?view=yaml&draft=/);
  leaving.release();
  await expect(page).toHaveURL(/\/sessions$/);

  await page.goBack();
  await expect(page).toHaveURL(/\/policies\/edit\?view=yaml&draft=/);
  await expect(editor).toContainText('# typed just before leaving');
});

test('a filter that was just typed is in the address that a click leaves', async ({ openAs }) => {
  const page = await openAs('avery');
  const leaving = await holdBack(page, (url) => url.searchParams.has('_rsc'));
  await page.goto('/sessions');
  await page.getByLabel('Search').fill('nobody');
  await page.getByRole('link', { name: 'Inbox' }).click();
  await expect(page).toHaveURL(/\/sessions\?q=nobody$/);
  leaving.release();
  await expect(page).toHaveURL(/\/inbox$/);
  await page.goBack();
  await expect(page.getByLabel('Search')).toHaveValue('nobody');
});

/** Keeps requests from their answers until they are released. */
async function holdBack(page: Page, which: (url: URL) => boolean) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let held = 0;
  await page.route(which, async (route) => {
    held += 1;
    await released;
    // What the page asked for ahead of time it may have given up meanwhile.
    await route.continue().catch(() => undefined);
  });
  return { held: () => held, release };
}
