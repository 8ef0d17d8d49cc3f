import { clearInbox, heldCall } from './world/admin.ts';
import { expect, PHONE, test } from './world/fixtures.ts';
import { Person } from './world/person.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

test.afterAll(({ world }) => clearInbox(world));

test('a link to an approval survives sign-in and lands on it, both buttons in thumb reach', async ({
  world,
  browser,
}) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const leaving = new AbortController();
  const call = agent
    .call('query', { sql: `DELETE FROM orders WHERE id = ${order}` }, leaving.signal)
    .catch(() => undefined);
  const { id } = await heldCall(world, `id = ${order}`);

  const context = await browser.newContext({ viewport: PHONE, hasTouch: true });
  const page = await context.newPage();
  await page.goto(`${world.started.console}/inbox/${id}`);
  const avery = world.account('avery');
  await page.getByLabel('E-mail', { exact: true }).fill(avery.email);
  await page.getByLabel('Password', { exact: true }).fill(avery.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).tap();

  await expect(page).toHaveURL(`${world.started.console}/inbox/${id}`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('wants to run query');
  for (const button of ['approve', 'deny']) {
    await expect(page.getByTestId(button)).toBeInViewport({ ratio: 1 });
    const box = await page.getByTestId(button).boundingBox();
    expect(box?.height, 'large enough for a thumb').toBeGreaterThanOrEqual(44);
    expect(box?.y, 'in the lower half').toBeGreaterThan(PHONE.height / 2);
  }
  leaving.abort();
  await call;
  await context.close();
  await agent.close();
});

test('a wrong password stays on the sign-in page, and says so', async ({ world, page }) => {
  await page.goto(`${world.started.console}/inbox`);
  await page.getByLabel('E-mail', { exact: true }).fill(world.account('avery').email);
  await page.getByLabel('Password', { exact: true }).fill('not-this-one');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText("That e-mail and password don't match.");
});

const ELSEWHERE = [
  '//evil.example/',
  'https://evil.example/',
  '/\\evil.example',
  '/.//evil.example',
];

// Guarantee: where a sign-in leads back to is always a page of the console.
test('a sign-in link never leads to another origin', async ({ world, browser }) => {
  // A session of its own: signing in again gives the shared one a new id.
  const visitor = await Person.signIn(world.started.console, world.account('riley'));
  const context = await browser.newContext({ storageState: await visitor.storageState() });
  for (const elsewhere of ELSEWHERE) {
    // A page of its own: one that is still on its way somewhere breaks off the next link.
    const page = await context.newPage();
    const link = `${world.started.console}/auth/login?return=${encodeURIComponent(elsewhere)}`;
    await page.goto(link);
    expect(new URL(page.url()).origin).toBe(world.started.console);
    await page.close();
  }
  await context.close();
  await visitor.leave();
});

test('a failed sign-in is a page with a way back', async ({ world, page }) => {
  await page.goto(`${world.started.console}/auth/callback?error=access_denied&state=none`);
  await expect(page).toHaveURL(/\/sign-in-failed\?code=/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});
