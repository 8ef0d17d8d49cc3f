import { shownBy } from '@holdpoint/approval';
import { approvalDetailSchema, meSchema, verdictInputSchema } from '@holdpoint/contracts';
import type { CDPSession, Page } from '@playwright/test';
import { z } from 'zod';
import { keepCheckpoint, verifyLog } from './faults/log-check.ts';
import { clearInbox, heldCall, policySource, publishPolicy } from './world/admin.ts';
import { expectState } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, type StockAgent } from './world/stock-agent.ts';
import { freshOrderId, type World } from './world/world.ts';

const SIGNED = `
  - id: signed-deletes
    description: Whoever lets rows be deleted signs it
    match: { connections: ["demo*"], tools: [query] }
    when: args.sql.contains("DELETE")
    effect: hold
    stepUp: passkey
`;

let original: string;
test.beforeAll(async ({ world }) => {
  original = await policySource(world);
  await publishPolicy(world, original + SIGNED);
});
test.afterAll(async ({ world }) => {
  await clearInbox(world);
  await publishPolicy(world, original);
});

// Guarantee: where a rule demands a passkey, only its signature over exactly this verdict on exactly
// this call lets it run, and the exported log proves it without the gateway.
test('a person adds a passkey, approves with it, and nothing else will do', async ({
  world,
  browser,
}) => {
  const context = await browser.newContext({
    baseURL: world.started.console,
    // Once there is one, the test can't keep a request of the page from arriving.
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  const authenticator = await virtualAuthenticator(page);
  const agent = await connectAgent(world, 'legacy');
  const first = await hold(world, agent);

  await page.goto(`/inbox/${first.id}`);
  await fillSignIn(world, page);
  await expect(page.getByTestId('passkey-demand')).toContainText('signed-deletes');
  await expect(page.getByTestId('approve')).toBeDisabled();
  const refused = await post(page, first.id, await verdictOn(page, first.id));
  expect(refused).toEqual({ status: 403, code: 'passkey_needed' });

  await page.getByRole('link', { name: 'Add one and come back' }).click();
  // The sign-in a moment ago was not one that the provider was asked to insist on.
  await page.getByRole('button', { name: 'Sign in again to add one' }).click();
  await fillSignIn(world, page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name').fill('Work laptop');
  await page.getByTestId('passkey-create').click();
  await expect(page.getByRole('list', { name: 'Your passkeys' })).toContainText('Work laptop');
  await expect(page.getByTestId('new-passkey')).toContainText('Work laptop');
  await page.getByRole('link', { name: 'Back to the approval' }).click();

  await authenticator.verifies(false);
  await page.getByTestId('approve').click();
  await expect(page.getByText('passkey_cancelled')).toBeVisible();
  await expectState(page, 'held');
  await authenticator.verifies(true);

  const second = await hold(world, agent);
  const third = await hold(world, agent);
  await page.goto(`/inbox/${second.id}`);
  const taken = await signedButNotSent(page);
  const elsewhere = { ...(await verdictOn(page, third.id)), passkey: taken.passkey };
  expect(await post(page, third.id, elsewhere)).toEqual({ status: 403, code: 'passkey_refused' });

  expect(await post(page, second.id, taken)).toMatchObject({ status: 200 });
  expect(await second.answered).toMatchObject({ isError: false });
  expect((await post(page, second.id, taken)).status).toBe(409);
  expect(await post(page, third.id, { ...elsewhere, passkey: taken.passkey })).toEqual({
    status: 403,
    code: 'passkey_refused',
  });

  await page.goto(`/inbox/${first.id}`);
  await page.getByTestId('approve').click();
  expect(await first.answered).toMatchObject({ isError: false });
  await expect(page.getByText(/approved with a passkey/)).toBeVisible();

  const kept = await keepCheckpoint(world);
  const { code, output } = await verifyLog(world, kept, '--json');
  expect(code).toBe(0);
  const report = z
    .looseObject({ passkeys: z.object({ verified: z.number(), addedBefore: z.number() }) })
    .parse(JSON.parse(output));
  expect(report.passkeys).toEqual({ verified: 2, addedBefore: 0 });

  await clearInbox(world);
  await third.answered;
  await agent.close();
});

async function hold(world: World, agent: StockAgent) {
  const order = freshOrderId();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  return { id, answered };
}

async function fillSignIn(world: World, page: Page): Promise<void> {
  const { email, password } = world.account('riley');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** An authenticator of Chromium's own, that needs no finger. */
async function virtualAuthenticator(page: Page) {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verifies: async (isUserVerified: boolean) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
  };
}

/** Lets the page sign its verdict, and keeps it from arriving. */
async function signedButNotSent(page: Page) {
  await page.route('**/verdict', (route) => route.abort());
  const stopped = page.waitForEvent('requestfailed', (request) =>
    request.url().endsWith('/verdict'),
  );
  await page.getByTestId('approve').click();
  const input = verdictInputSchema.parse((await stopped).postDataJSON());
  await page.unroute('**/verdict');
  if (input.verdict !== 'approve') throw new Error('The page did not approve.');
  return input;
}

/** What an honest page would send, without a signature. */
async function verdictOn(page: Page, id: string) {
  const answer = await page.request.get(`/api/approvals/${id}`);
  const shown = await shownBy(approvalDetailSchema.parse(await answer.json()));
  return { verdict: 'approve', step: 0, shown };
}

async function post(page: Page, id: string, data: object) {
  const me = meSchema.parse(await (await page.request.get('/api/me')).json());
  const answer = await page.request.post(`/api/approvals/${id}/verdict`, {
    data,
    headers: { origin: me.publicUrl, 'x-csrf-token': me.csrfToken },
  });
  const { error } = z
    .looseObject({ error: z.object({ code: z.string() }).optional() })
    .parse(await answer.json());
  return { status: answer.status(), ...(error && { code: error.code }) };
}
