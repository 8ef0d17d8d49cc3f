import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startStack } from '@holdpoint/testkit';
import { chromium, expect, type Browser, type Page } from '@playwright/test';
import { findBrowser } from './browser.ts';
import { approvalDetail, approve, heldCall } from './world/admin.ts';
import { inboxItem } from './world/console-window.ts';
import { connectAgent } from './world/stock-agent.ts';
import { World, type PersonName } from './world/world.ts';

/** The pictures of the README, taken from a real stack that does its real work. */
const FOLDER = join(import.meta.dirname, '../../../docs/images');
const DESK = { width: 1360, height: 850 };
const PHONE = { width: 390, height: 844 };
const SQL = `DELETE FROM orders
WHERE status = 'cancelled'
  AND ordered_on < DATE '2026-03-01'
RETURNING id, customer_id, item`;

const stack = await startStack({ onStep: (step) => console.log(`  ${step}`) });
const launch = await findBrowser();
const browser = await chromium.launch(launch);
try {
  await mkdir(FOLDER, { recursive: true });
  const world = await World.open(stack.home);
  await takeAll(world, browser);
  await world.close();
} finally {
  await browser.close();
  await stack.stop();
}

async function takeAll(world: World, windows: Browser): Promise<void> {
  await earlierWork(world);
  const agent = await connectAgent(world, 'modern');
  const answered = agent.call('query', { sql: SQL });
  const held = await heldCall(world, 'cancelled');

  for (const colorScheme of ['light', 'dark'] as const) {
    const inbox = await open(windows, world, 'avery', { colorScheme });
    await inbox.goto('/inbox');
    await inboxItem(inbox, 'cancelled').click();
    await expect(inbox.getByTestId('approve')).toBeVisible();
    await shoot(inbox, `inbox-${colorScheme}`);
  }
  const phone = await open(windows, world, 'avery', { viewport: PHONE });
  await phone.goto(`/inbox/${held.id}`);
  await expect(phone.getByTestId('approve')).toBeVisible();
  await shoot(phone, 'approval-phone');

  await approve(world, held.id);
  await answered;
  await agent.close();
  await replay(windows, world, (await approvalDetail(world, held.id)).sessionId);
  await adminPages(windows, world);
}

/** A little history, so that no list is bare. */
async function earlierWork(world: World): Promise<void> {
  const agent = await connectAgent(world, 'legacy', { clientId: 'second-agent' });
  await agent.listTools();
  await agent.call('query', { sql: 'SELECT id, name, email, phone FROM customers LIMIT 3' });
  await agent.call('query', { sql: 'ALTER TABLE orders ADD COLUMN note text' });
  const refund = { orderId: 1_001, amountCents: 500, reason: 'Arrived late' };
  const answered = agent.call('refund_order', refund);
  await approve(world, (await heldCall(world, 'Arrived late')).id);
  await answered;
  await agent.close();
}

async function replay(windows: Browser, world: World, sessionId: string): Promise<void> {
  const page = await open(windows, world, 'avery');
  await page.goto(`/sessions/${sessionId}`);
  const timeline = page.getByRole('list', { name: 'Timeline' });
  await timeline.getByRole('button').filter({ hasText: 'Verdict' }).click();
  // The whole run above the opened verdict tells more than the verdict alone.
  await page.evaluate('document.getElementById("main").scrollTo(0, 0)');
  await shoot(page, 'replay');
}

async function adminPages(windows: Browser, world: World): Promise<void> {
  const admin = await open(windows, world, 'morgan');
  await admin.goto('/policies/edit');
  await expect(admin.getByText(/^Valid: /)).toBeVisible();
  await shoot(admin, 'policy-editor');
}

async function open(
  windows: Browser,
  world: World,
  name: PersonName,
  {
    viewport = DESK,
    colorScheme = 'light',
  }: { viewport?: typeof DESK; colorScheme?: 'light' | 'dark' } = {},
): Promise<Page> {
  const person = await world.person(name);
  const context = await windows.newContext({
    baseURL: world.started.console,
    storageState: await person.storageState(),
    viewport,
    colorScheme,
    reducedMotion: 'reduce',
    deviceScaleFactor: 2,
  });
  return context.newPage();
}

async function shoot(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  console.log(`  ${path}`);
}
