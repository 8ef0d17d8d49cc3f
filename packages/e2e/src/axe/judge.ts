import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { DESK, expect, PHONE } from '../world/fixtures.ts';

export const SIZES = [
  { width: 'desk', size: DESK },
  { width: 'phone', size: PHONE },
] as const;
export const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

/** Judges the settled page: a theme that is just changing has colours of neither. */
export async function expectAccessible(page: Page, scheme: Scheme): Promise<void> {
  await expect(async () => expect(await graveViolations(page, scheme)).toEqual([])).toPass({
    intervals: [250, 500],
    timeout: 60_000,
  });
}

/** Between the themes only colours differ: what else there is to judge is judged in the light one. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

async function graveViolations(page: Page, scheme: Scheme) {
  const isThere = await page.evaluate<boolean>('typeof axe === "object"');
  const axe = new AxeBuilder({ page, ...(isThere && { axeSource: '"it is there"' }) })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] });
  const { violations } = await (scheme === 'dark' ? axe.withRules(OF_COLOURS) : axe).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => ({
      id,
      where: nodes.slice(0, 5).map(({ html, failureSummary }) => ({
        html: html.slice(0, 160),
        why: failureSummary ?? '',
      })),
    }));
}

export async function expectNoSidewaysScroll(page: Page, width: number): Promise<void> {
  const scrollWidth: unknown = await page.evaluate('document.documentElement.scrollWidth');
  expect(scrollWidth).toBeLessThanOrEqual(width);
}
