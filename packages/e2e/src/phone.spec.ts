import { z } from 'zod';
import type { Locator, Page } from '@playwright/test';
import { deny, heldCall } from './world/admin.ts';
import { inboxItem } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

/** What a thumb hits without trying. */
const THUMB_PX = 44;

async function expectForThumbs(...targets: readonly Locator[]): Promise<void> {
  for (const target of targets) {
    const box = await target.boundingBox();
    expect(box?.height, String(target)).toBeGreaterThanOrEqual(THUMB_PX);
    expect(box?.width, String(target)).toBeGreaterThanOrEqual(THUMB_PX);
  }
}

/** What on the page could be touched and is too small for it. */
async function expectNothingTooSmall(page: Page): Promise<void> {
  const small: unknown = await page.evaluate(`
    [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.tabIndex >= 0)
      .map((element) => [element, (element.closest('label') ?? element).getBoundingClientRect()])
      .filter(([, { width, height }]) => width > 1 && height < ${THUMB_PX - 0.5})
      .map(([element, { height }]) => height + ' px: ' + (element.ariaLabel ?? element.textContent).trim())`);
  expect(small, page.url()).toEqual([]);
}

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const width: unknown = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);
}

test('a doubt on a phone: the reviewer asks, the agent’s owner answers, and then it is denied', async ({
  world,
  openAs,
  emptyInbox: _,
}) => {
  const order = freshOrderId();
  const agent = await connectAgent(world, 'modern', { clientId: 'demo-agent' });
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  await heldCall(world, String(order));

  const phone = await openAs('avery', { phone: true });
  await phone.goto('/inbox');
  await expectForThumbs(
    inboxItem(phone, order),
    phone.getByRole('link', { name: 'Settled' }),
    phone.getByRole('link', { name: 'Sessions' }).last(),
  );
  await expectNothingTooSmall(phone);
  await inboxItem(phone, order).click();
  await expectForThumbs(
    phone.getByTestId('approve'),
    phone.getByTestId('deny'),
    phone.getByRole('button', { name: 'Inbox' }),
    phone.getByRole('button', { name: 'Comment' }),
  );
  await expect(phone.getByText('A verdict is final').first()).toBeVisible();
  await expectNothingTooSmall(phone);
  await phone.getByLabel('Say something').fill('Which clean-up is this?');
  await phone.getByRole('button', { name: /^Ask / }).click();
  await expect(phone.getByTestId('note-question')).toContainText('Which clean-up is this?');
  await expectNoSidewaysScroll(phone);

  const owner = await openAs('sam', { phone: true });
  await owner.goto('/sessions');
  await owner.getByRole('link', { name: /You were asked/ }).click();
  await expect(owner.getByText('Which clean-up is this?')).toBeVisible();
  await owner.getByLabel('Your answer').fill('None that I know of.');
  await expectForThumbs(owner.getByRole('button', { name: 'Send the answer' }));
  await owner.getByRole('button', { name: 'Send the answer' }).click();
  await expect(owner.getByTestId('note-answer')).toContainText('None that I know of.');
  await expectNoSidewaysScroll(owner);
  await expectNothingTooSmall(owner);

  // It comes by itself, and decides nothing.
  await expect(phone.getByTestId('note-answer')).toContainText('which is no verdict');
  await expect(phone.getByTestId('approval-state')).toHaveAttribute('data-state', 'held');
  await phone.getByTestId('deny').click();
  const reason = phone.getByTestId('deny-reason');
  await expect(reason).toBeInViewport();
  await expectForThumbs(reason, phone.getByTestId('deny-confirm'));
  await reason.fill('Nobody asked for it.');
  await phone.getByTestId('deny-confirm').click();
  await expect(phone.getByText('Your verdict is final')).toBeVisible();
  await expectNoSidewaysScroll(phone);
  await answered;
  await agent.close();

  await phone.goto('/numbers?days=7');
  await expect(phone.getByTestId('outcome-deniedByPerson')).toBeVisible();
  await expectForThumbs(phone.getByRole('link', { name: 'Download CSV' }));
  await expectNoSidewaysScroll(phone);
  await expectNothingTooSmall(phone);
  for (const path of ['/settings', '/settings/grants', '/settings/rotas', '/settings/freeze']) {
    await phone.goto(path);
    await expect(phone.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(phone.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
    await expectNothingTooSmall(phone);
    await expectNoSidewaysScroll(phone);
  }
});

// Guarantee: nobody approves what they haven't seen, by the second tap of a double one.
test('a double tap on a call opens it and does not approve it', async ({
  world,
  openAs,
  emptyInbox: _,
}) => {
  const agent = await connectAgent(world, 'modern');
  const orders = [freshOrderId(), freshOrderId(), freshOrderId()];
  const answers: ReturnType<typeof agent.call>[] = [];
  for (const order of orders) {
    answers.push(agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` }));
    await heldCall(world, String(order));
  }
  const { id } = await heldCall(world, String(orders[2]));
  // Where the list's last row and the page's first button lie one above the other.
  const phone = await openAs('riley', { phone: true });
  await phone.goto(`/inbox/${id}`);
  const approve = phone.getByTestId('approve');
  await expect(approve).toBeEnabled();
  const button = middleOf(await approve.boundingBox());
  await phone.getByRole('button', { name: 'Inbox' }).tap();
  const row = await inboxItem(phone, orders[2] ?? 0).boundingBox();
  expect(row?.y).toBeLessThan(button.y);
  expect((row?.y ?? 0) + (row?.height ?? 0)).toBeGreaterThan(button.y);
  await tapTwice(phone, button, approve);
  await expect(approve).toBeEnabled();
  expect((await heldCall(world, String(orders[2]))).id).toBe(id);

  for (const order of orders) {
    const { id: left } = await heldCall(world, String(order));
    await deny(world, left, 'The test is over.');
  }
  await Promise.all(answers);
  await agent.close();
});

function middleOf(box: Awaited<ReturnType<Locator['boundingBox']>>) {
  if (box === null) throw new Error('It is not in sight.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The second tap as soon as something else is there. */
async function tapTwice(page: Page, { x, y }: { x: number; y: number }, then: Locator) {
  await page.touchscreen.tap(x, y);
  await then.waitFor();
  await page.touchscreen.tap(x, y);
}

const manifestSchema = z.object({
  name: z.string().min(1),
  start_url: z.string(),
  display: z.literal('standalone'),
  icons: z.array(z.object({ src: z.string(), sizes: z.string(), purpose: z.string().optional() })),
});

test('the console installs, and without a connection it says that nothing can be decided', async ({
  openAs,
}) => {
  const page = await openAs('avery', { phone: true, serviceWorkers: 'allow' });
  await page.goto('/inbox');
  const address = await page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = manifestSchema.parse(await (await page.request.get(address ?? '')).json());
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(
    expect.arrayContaining(['192x192', '512x512']),
  );
  expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
  for (const { src } of manifest.icons) {
    const icon = await page.request.get(src);
    expect([icon.status(), icon.headers()['content-type']]).toEqual([200, 'image/png']);
  }
  await page.evaluate('navigator.serviceWorker.ready');
  await expect.poll(() => page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true);
  await page.goto('/sessions');
  await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();

  // Guarantee: the worker keeps its two files, and no page or data.
  const kept: unknown = await page.evaluate(
    `caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
      .then((all) => all.flat().map(({ url }) => new URL(url).pathname).sort())`,
  );
  expect(kept).toEqual(['/offline.css', '/offline.html']);
  await page.context().setOffline(true);
  await page.goto('/inbox');
  await expect(
    page.getByRole('heading', { name: 'Offline: nothing can be decided' }),
  ).toBeVisible();
});

test('two windows tell once of a call that is mine to decide, without its arguments', async ({
  world,
  openAs,
  emptyInbox: _,
}) => {
  const first = await openAs('avery', { serviceWorkers: 'allow' });
  const second = await first.context().newPage();
  for (const page of [first, second]) {
    await page.addInitScript(`
      localStorage.setItem('holdpoint.notices', 'sentence');
      document.hasFocus = () => false;
      // A headless browser shows none, whatever it was allowed: what would be shown is looked at.
      Object.defineProperty(Notification, 'permission', { get: () => 'granted' });
      window.shown = [];
      ServiceWorkerRegistration.prototype.showNotification = (title, { body, data }) => {
        window.shown.push([title, body, data.path].join(' · '));
        return Promise.resolve();
      };`);
    const looked = page.waitForResponse((response) => response.url().includes('/index?mine=yes'));
    await page.goto('/sessions');
    await page.evaluate('navigator.serviceWorker.ready');
    await looked;
  }
  const order = freshOrderId();
  const agent = await connectAgent(world, 'modern');
  const leaving = new AbortController();
  const call = agent
    .call('query', { sql: `DELETE FROM orders WHERE id = ${order}` }, leaving.signal)
    .catch(() => undefined);
  const held = await heldCall(world, String(order));
  const shown = async () => {
    const lists = await Promise.all([first, second].map((page) => page.evaluate('window.shown')));
    return z.array(z.array(z.string())).parse(lists).flat();
  };
  await expect.poll(async () => (await shown()).length).toBe(1);
  // Both windows know of it by now, and only one spoke.
  for (const page of [first, second]) await expect(page).toHaveTitle(/^\(1\) /);
  // Guarantee: nothing that the agent wrote but the tool's name.
  const [notice = ''] = await shown();
  expect(await shown()).toHaveLength(1);
  expect(notice).toContain('wants to run query');
  expect(notice).toContain(`/inbox/${held.id}`);
  expect(notice).not.toContain(String(order));
  leaving.abort();
  await call;
  await agent.close();
});
