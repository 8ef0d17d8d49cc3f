import { expect, type Locator, type Page } from '@playwright/test';

/** An item of the open inbox whose arguments hold `marker`. */
export function inboxItem(page: Page, marker: string | number): Locator {
  return page.getByTestId('inbox-item').filter({ hasText: String(marker) });
}

export async function openInbox(page: Page): Promise<void> {
  await page.goto('/inbox');
  await expect(page.getByRole('heading', { name: 'Inbox', exact: true })).toBeVisible();
}

/** The opened approval is in this state. */
export async function expectState(page: Page, ...states: string[]): Promise<void> {
  await expect(page.getByTestId('approval-state')).toHaveAttribute(
    'data-state',
    new RegExp(`^(?:${states.join('|')})$`),
  );
}

export async function denyWith(page: Page, reason: string): Promise<void> {
  await page.getByTestId('deny').click();
  await page.getByTestId('deny-reason').fill(reason);
  await page.getByTestId('deny-confirm').click();
}
