import type { Browser, Page } from '@playwright/test';
import pg from 'pg';
import { clearInbox, heldCall, untilState } from './world/admin.ts';
import { denyWith } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { Person } from './world/person.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId, type PersonName, type World } from './world/world.ts';

let identity: pg.Pool;

test.beforeAll(({ world }) => {
  identity = new pg.Pool({ connectionString: world.started.identityDatabase, max: 1 });
});
test.afterEach(async ({ world }) => {
  await identity.query('delete from changed_groups; delete from outage');
  await clearInbox(world);
});
test.afterAll(() => identity.end());

/** Groups as the identity provider has them from now on. */
async function changeGroups(world: World, name: PersonName, groups: readonly string[]) {
  const { sub } = subjectOf(await world.person(name));
  await identity.query(
    'insert into changed_groups values ($1, $2) on conflict (sub) do update set groups = $2',
    [sub, groups],
  );
}

function subjectOf({ me }: Person): { readonly sub: string } {
  return { sub: me.person.key.split('|').at(-1) ?? '' };
}

/** A window of somebody who has just signed in, apart from what other tests share. */
async function windowOf(browser: Browser, world: World, name: PersonName): Promise<Page> {
  // First, so that the window's session is the newest one.
  await world.person(name);
  const person = await Person.signIn(world.started.console, world.account(name));
  const context = await browser.newContext({
    baseURL: world.started.console,
    storageState: await person.storageState(),
  });
  return context.newPage();
}

/** As if the groups of this person's newest session had been learned six minutes ago. */
async function age(world: World, name: PersonName): Promise<void> {
  const { me } = await world.person(name);
  await world.ledger.query(
    `update console_sign_in set groups_at = now() - interval '6 minutes'
     where sid = (select sid from console_sign_in where person_key = $1 order by groups_at desc limit 1)`,
    [me.person.key],
  );
}

/** As the browser's own field takes it; the time zone doesn't matter. */
function inTwoDays(): string {
  return new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 16);
}

async function hold(world: World) {
  const agent = await connectAgent(world, 'legacy');
  const order = freshOrderId();
  const answered = agent
    .call('query', { sql: `DELETE FROM orders WHERE id = ${order}` })
    .finally(() => agent.close());
  answered.catch(() => undefined);
  const { id } = await heldCall(world, `id = ${order}`);
  return { id, answered };
}

// Guarantee: a verdict counts only with groups that the provider confirmed minutes ago (invariant 4).
test('a verdict asks the provider who is still a reviewer', async ({ world, browser }) => {
  const { id } = await hold(world);
  const page = await windowOf(browser, world, 'riley');
  await page.goto(`/inbox/${id}`);
  await expect(page.getByTestId('approve')).toBeVisible();

  await age(world, 'riley');
  await identity.query('insert into outage values (now())');
  await page.getByTestId('approve').click();
  await expect(page.getByText('groups_unconfirmed')).toBeVisible();
  await identity.query('delete from outage');

  // The provider takes the refresh token no more: a sign-in leads back, with what was typed.
  const { sub } = subjectOf(await world.person('riley'));
  await identity.query(
    `delete from oidc_payloads where model = 'RefreshToken' and payload ->> 'accountId' = $1`,
    [sub],
  );
  await denyWith(page, 'Ask for a dry run first.');
  await page.getByTestId('sign-in-again').click();
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}$`));
  await expect(page.getByTestId('deny-reason')).toHaveValue('Ask for a dry run first.');
  await page.getByRole('button', { name: 'Cancel' }).click();

  await age(world, 'riley');
  await changeGroups(world, 'riley', ['auditors']);
  await page.getByTestId('approve').click();
  await expect(page.getByText('not_a_reviewer').first()).toBeVisible();
  await untilState(world, id, 'held');
});

test('a delegate decides in a reviewer’s place, and everyone reads so', async ({
  world,
  browser,
}) => {
  const avery = await world.person('avery');
  const riley = await world.person('riley');
  // Both have just signed in: their groups are as good as new, whatever other tests did to them.
  const window = await windowOf(browser, world, 'riley');
  const page = await windowOf(browser, world, 'avery');
  await page.goto('/settings');
  await page.getByTestId('delegate').click();
  await page.getByText('Riley Novak').click();
  await page.getByLabel('Until').fill(inTwoDays());
  await page.getByLabel('Note').fill('On holiday.');
  await page.getByTestId('delegate-confirm').click();
  await expect(page.getByTestId('delegation')).toContainText('Riley Novak for you');

  const { id } = await hold(world);
  // As if its chain asked the DBAs, of whom Riley is none. Judged again before it runs, it asks the others too.
  await world.ledger.query(
    `update approval set steps = jsonb_set(steps, '{0,reviewers,groups}', '["dba"]') where id = $1`,
    [id],
  );
  expect(riley.me.groups).not.toContain('dba');
  expect(avery.me.groups).toContain('dba');
  await window.goto(`/inbox/${id}`);
  await expect(window.getByTestId('acting-for')).toContainText('Avery Chen');
  await window.getByTestId('approve').click();
  await expect(window.getByText('Riley Novak for Avery Chen').first()).toBeVisible();

  await page.getByRole('button', { name: 'End it' }).click();
  await expect(page.getByTestId('delegation')).toHaveCount(0);
});

// Guarantee: each verdict is meant; a second click on the same place is none on the next step.
test('who approved a step is told that the next is theirs, too, and a double click is no verdict on it', async ({
  world,
  browser,
}) => {
  const { id } = await hold(world);
  await world.ledger.query('update approval set steps = steps || steps where id = $1', [id]);
  const page = await windowOf(browser, world, 'avery');
  await page.goto(`/inbox/${id}`);
  const approve = page.getByTestId('approve');
  await expect(approve).toHaveText('Approve');
  // The earliest moment at which a second click could meet the next step's button.
  await page.evaluate(`new MutationObserver((_, observer) => {
    const button = document.querySelector('[data-testid="approve"]');
    if (!button?.textContent.includes('step 2')) return;
    observer.disconnect();
    button.click();
  }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
  await approve.click();
  await expect(page.getByText('Step 2 is yours to decide, too.')).toBeVisible();
  await expect(approve).toHaveText('Approve step 2');
  await expect(approve).toBeEnabled();
  expect((await untilState(world, id, 'held')).verdicts).toHaveLength(1);
});

test('break-glass approves past the chain, and is loud', async ({ world, browser, openAs }) => {
  const before = await world.production.executions();
  const { id, answered } = await hold(world);
  await changeGroups(world, 'casey', ['emergency']);
  const page = await windowOf(browser, world, 'casey');
  await page.goto(`/inbox/${id}`);
  await expect(page.getByTestId('approve')).toHaveCount(0);
  // What stands around the call is theirs to see, too.
  await expect(page.getByRole('heading', { name: /in the last 30 days$/ })).toBeVisible();
  await expect(page.getByText('This could not be loaded.')).toHaveCount(0);
  await page.getByTestId('break-glass').click();
  await page.getByTestId('break-glass-reason').fill('Customers can’t pay until it is gone.');
  await expect(page.getByTestId('break-glass-confirm')).toBeDisabled();
  await page.getByTestId('break-glass-words').fill('break glass');
  await page.getByTestId('break-glass-confirm').click();
  await expect(page.getByTestId('break-glass-banner')).toContainText('Casey Lund');
  await expect(page.getByRole('region', { name: 'Outcome' })).not.toContainText('while you had it');
  const approved = page.getByRole('list', { name: 'How far it got' }).getByRole('listitem').first();
  await expect(approved).toContainText('Approved');
  await expect(approved).not.toContainText('not yet');

  const answer = await answered;
  expect(answer.isError).toBe(false);
  expect(answer.text).toContain('Approved by break-glass, past its chain, by Casey Lund');
  expect(await world.production.executions()).toBe(before + 1);

  const admin = await openAs('morgan');
  await admin.goto('/policies');
  await expect(admin.getByTestId('break-glass-alarm')).toContainText('Customers can’t pay');
  await admin.getByTestId('acknowledge').click();
  await expect(admin.getByTestId('break-glass-alarm')).toHaveCount(0);
  await page.reload();
  await expect(page.getByTestId('break-glass-banner')).toContainText('Acknowledged by Morgan Diaz');
});
