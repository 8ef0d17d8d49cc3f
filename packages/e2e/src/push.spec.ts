import { AxeBuilder } from '@axe-core/playwright';
import { channelSavedSchema, pushStateSchema, routeListSchema } from '@holdpoint/contracts';
import { startPushService, type TestBrowser } from '@holdpoint/testkit';
import type { Page } from '@playwright/test';
import { z } from 'zod';
import { clearInbox, heldCall, registerConnection } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId, type World } from './world/world.ts';

test.afterAll(({ world }) => clearInbox(world));

/** The browser's own push service is out of reach here: what it would answer is that of the test. */
const subscribedAt = ({ subscription: { endpoint, p256dh, auth } }: TestBrowser) => `
  Object.defineProperty(Notification, 'permission', { get: () => 'granted' });
  Notification.requestPermission = () => Promise.resolve('granted');
  let subscribed = null;
  PushManager.prototype.getSubscription = () => Promise.resolve(subscribed);
  PushManager.prototype.subscribe = ({ applicationServerKey }) => {
    const binary = atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/'));
    subscribed = {
      endpoint: ${JSON.stringify(endpoint)},
      options: { applicationServerKey: Uint8Array.from(binary, (one) => one.charCodeAt(0)).buffer },
      toJSON: () => (${JSON.stringify({ endpoint, keys: { p256dh, auth } })}),
      unsubscribe: () => { subscribed = null; return Promise.resolve(true); },
    };
    return Promise.resolve(subscribed);
  };`;

/** Hands a message to the page's own service worker, as the browser would; answers what it shows. */
async function pushInto(page: Page) {
  const [worker] = page.context().serviceWorkers();
  if (worker === undefined) throw new Error('The page has no service worker.');
  // A headless browser shows none: what would be shown is looked at.
  await worker.evaluate(`
    self.shown = [];
    self.registration.showNotification = (title, options) => {
      self.shown.push({ title, ...options });
      return Promise.resolve();
    };`);
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) =>
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [one] }) => {
      if (one !== undefined) resolve(one.registrationId);
    }),
  );
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  const origin = new URL(page.url()).origin;
  return async (data: string) => {
    const before = z.number().parse(await worker.evaluate('self.shown.length'));
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
    await expect.poll(() => worker.evaluate('self.shown.length')).toBe(before + 1);
    return worker.evaluate('self.shown.at(-1)');
  };
}

/** What the browser would tell the page's own service worker: such an event can't be made as it makes them. */
async function tellWorker(page: Page, type: string, facts: string): Promise<void> {
  const [worker] = page.context().serviceWorkers();
  await worker?.evaluate(`(() => {
    let done;
    const waitUntil = (work) => { done = work; };
    self.dispatchEvent(Object.assign(new Event('${type}'), { waitUntil, ...${facts} }));
    return done;
  })()`);
}

/** Where a click on a notification leads that has this path. */
async function clickedTo(page: Page, path: string): Promise<unknown> {
  const [worker] = page.context().serviceWorkers();
  // Only a click of a person may open a window: what would be opened is looked at.
  await worker?.evaluate(
    `self.opened = []; self.clients.openWindow = async (path) => void self.opened.push(path);`,
  );
  const notification = `{ close() { self.opened.push('closed') }, data: { path: '${path}' } }`;
  await tellWorker(page, 'notificationclick', `{ notification: ${notification} }`);
  return worker?.evaluate('self.opened');
}

async function channelTo(world: World, slug: string): Promise<() => Promise<void>> {
  const morgan = await world.person('morgan');
  const config = { kind: 'push', subject: 'mailto:ops@example.com', allowPrivate: true };
  const input = { title: 'Browsers', config };
  const { channel } = await morgan.post('/api/channels', input, channelSavedSchema);
  const match = { events: ['approval.held'], connections: [slug] };
  const route = { title: 'To browsers', match, channels: [channel.id] };
  const { items } = await morgan.post('/api/routes', route, routeListSchema);
  const id = items.find(({ title }) => title === route.title)?.id ?? '';
  return async () => {
    await morgan.write('DELETE', `/api/routes/${id}`, {});
    await morgan.write('DELETE', `/api/channels/${channel.id}`, {});
  };
}

// Guarantee: a notification shows nothing that only an agent wrote, and leads to our own pages alone.
test('a reviewer subscribes on a phone, and the service worker shows what is pushed', async ({
  world,
  openAs,
}) => {
  const service = await startPushService();
  const connection = await registerConnection(world, { slug: 'demo-pushed' });
  const remove = await channelTo(world, connection.slug);
  const browser = service.browser();
  const phone = await openAs('avery', { phone: true, serviceWorkers: 'allow' });
  await phone.emulateMedia({ colorScheme: 'dark' });
  await phone.addInitScript(subscribedAt(browser));
  await phone.goto('/settings/browser');
  await phone.getByRole('button', { name: 'Tell me in this browser' }).press('Enter');
  await expect(phone.getByText('This browser tells you')).toBeVisible();
  await expect(phone.getByRole('list', { name: 'Your browsers' })).toContainText('this one');
  const { violations } = await new AxeBuilder({ page: phone }).analyze();
  expect(violations).toEqual([]);
  const width: unknown = await phone.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);

  const agent = await connectAgent(world, 'legacy', { endpoint: connection.endpoint });
  const order = freshOrderId();
  const call = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  await expect.poll(() => browser.pushed.length, { timeout: 90_000 }).toBe(1);
  const message = JSON.stringify(browser.pushed[0]?.message);
  expect(message).not.toContain(String(order));
  await phone.evaluate('navigator.serviceWorker.ready');
  const push = await pushInto(phone);
  expect(await push(message)).toMatchObject({
    title: 'Holdpoint: Held for approval',
    body: expect.stringContaining('wants to run query'),
    ...{ tag: id, data: { path: `/inbox/${id}` }, silent: false },
  });
  for (const hostile of [
    'no JSON',
    JSON.stringify({ headline: {}, approval: '../evil', path: '//evil.example' }),
  ]) {
    expect(await push(hostile)).toMatchObject({
      ...{ title: 'Holdpoint: look at the inbox', data: { path: '/inbox' } },
    });
  }

  expect(await clickedTo(phone, `/inbox/${id}`)).toEqual(['closed', `/inbox/${id}`]);
  expect(await clickedTo(phone, '//evil.example')).toEqual(['closed', '/inbox']);

  // The browser's push service gave it another address: what comes next goes there.
  const moved = service.browser();
  const of = ({ subscription: { endpoint, p256dh, auth } }: TestBrowser) =>
    `{ endpoint: '${endpoint}', toJSON: () => (${JSON.stringify({ endpoint, keys: { p256dh, auth } })}) }`;
  const facts = `{ oldSubscription: ${of(browser)}, newSubscription: ${of(moved)} }`;
  await tellWorker(phone, 'pushsubscriptionchange', facts);
  await clearInbox(world);
  await expect.poll(() => moved.pushed.length, { timeout: 90_000 }).toBe(1);
  expect(browser.pushed).toHaveLength(1);

  await phone.getByRole('button', { name: /^Remove / }).tap();
  await expect(phone.getByRole('button', { name: 'Tell me in this browser' })).toBeVisible();
  const avery = await world.person('avery');
  await expect
    .poll(async () => (await avery.get('/api/push', pushStateSchema)).browsers)
    .toEqual([]);
  await call;
  await agent.close();
  await remove();
  await service.close();
});
