import type { Page } from '@playwright/test';
import { expect } from '../world/fixtures.ts';
import type { PersonName } from '../world/world.ts';

/** The facts that addresses are made of: ids of what the stack holds. */
export interface Facts {
  readonly approvalId: string;
  readonly sessionId: string;
  readonly connectionId: string;
  readonly proposalId: string;
}

export interface PageCase {
  readonly name: string;
  /** `null`: nobody signed in. */
  readonly as: PersonName | null;
  readonly path: (facts: Facts) => string;
  /** What shows that the page has loaded all it shows. */
  readonly ready: (page: Page) => Promise<void>;
}

export const seesHeading = (name: string | RegExp) => async (page: Page) => {
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
};
