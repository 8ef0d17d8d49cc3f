import { inboxIndexSchema } from '@holdpoint/contracts';
import type { Page } from '@playwright/test';
import { z } from 'zod';
import { approvalDetail, heldCalls, untilState } from './world/admin.ts';
import { inboxItem, openInbox } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import type { World } from './world/world.ts';

/** More held calls than a screen holds, made of one real row: only the list is looked at. */
const MANY = 1200;

async function hold(world: World, marker: string, from: number, count: number): Promise<void> {
  await world.ledger.query(
    `insert into approval (id, call_id, session_id, connection_id, caller_key, caller, client, method, target,
       params_digest, policy_version, freeze_epoch, decision, steps, state, request_frame_id, held_at, expires_at)
     select ('00000000-0000-7000-8000-' || lpad(to_hex($2 + n), 12, '0'))::uuid, gen_random_uuid(), gen_random_uuid(), c.id,
       'http://issuer.example.com|many', jsonb_build_object('key', 'http://issuer.example.com|many',
         'issuer', 'http://issuer.example.com', 'subject', 'many', 'kind', 'service', 'displayName', 'Many',
         'clientId', null, 'groups', '[]'::jsonb, 'ownerKey', 'http://issuer.example.com|owner'),
       '{"name":null,"version":null}', 'tools/call', $1 || ((($2 + n) % 400)::text), 'digest', (select max(number) from policy_version), 0,
       '{"effect":"hold","source":"default","explanation":"Held.","rules":[],"chains":[],"masks":[]}',
       '[{"chain":"default","reviewers":{"groups":["reviewers"],"people":[]},"quorum":1,"deadlineMs":3600000,"onDeadline":"deny"}]',
       'held', gen_random_uuid(), now(), now() + interval '1 hour'
     from (select id from connection order by created_at limit 1) c, generate_series(0, $3 - 1) n`,
    [marker, from, count],
  );
}

test('over a thousand wait: few rows are in the page, and none is missed or doubled by a lost connection', async ({
  own: { world },
  openAs,
}) => {
  await hold(world, 'many-', 0, MANY);
  const page = await openAs('avery', { world });
  await page.goto('/inbox?alike=apart&q=many-');
  const rows = page.getByTestId('inbox-item');
  await expect(rows.first()).toContainText('many-0');
  expect(await rows.count()).toBeLessThan(60);

  await rows.first().click();
  await expect(page.getByTestId('approve')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.locator('[data-row]:focus')).toContainText('many-2');

  await page.context().setOffline(true);
  await expect(page.getByText('Live updates are interrupted.')).toBeVisible();
  await expect(page.getByTestId('approve')).toBeDisabled();
  // While nobody hears of it: some settle, others come.
  await world.ledger.query(
    `update approval set state = 'withdrawn', settled_at = now() where caller_key like '%|many' and state = 'held'
       and ('x' || right(id::text, 4))::bit(16)::int % 7 = 3`,
  );
  await hold(world, 'many-', MANY, 30);
  await page.context().setOffline(false);
  await expect(page.getByText('Live updates are interrupted.')).toBeHidden();
  await expect(page.getByTestId('approve')).toBeEnabled();

  const reviewer = await world.person('avery');
  const index = await reviewer.get('/api/approvals/index?q=many-', inboxIndexSchema);
  await expect(page.locator('[aria-setsize]').first()).toHaveAttribute(
    'aria-setsize',
    String(MANY + 30),
  );
  // Moving on takes away what was kept in its place.
  await page.keyboard.press('n');
  await expect(page.locator('[aria-setsize]').first()).toHaveAttribute(
    'aria-setsize',
    String(index.items.length),
  );
  expect(await listed(page)).toEqual(index.items.map(({ id }) => id));

  // Folded, the list is as long as there are kinds of calls.
  await page.goto('/inbox?q=many-');
  await expect(page.getByRole('button', { name: /alike/ }).first()).toBeVisible();
  await expect(page.locator('[aria-setsize]').first()).toHaveAttribute('aria-setsize', '400');
  await world.ledger.query(`delete from approval where caller_key like '%|many'`);
});

/** Scrolls from top to bottom, and answers every row in its order. In the page, where frames are. */
const READ_LIST = `(async () => {
  const scroller = document.querySelector('[data-testid="inbox-scroll"]');
  const found = new Map();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  for (let top = 0; top < scroller.scrollHeight; top += scroller.clientHeight) {
    scroller.scrollTop = top;
    await frame();
    await frame();
    for (const row of scroller.querySelectorAll('[data-row]')) {
      const place = Number(row.closest('li').getAttribute('aria-posinset'));
      const other = found.get(place);
      if (other !== undefined && other !== row.dataset.row) throw new Error('Row ' + place + ' moved.');
      found.set(place, row.dataset.row);
    }
  }
  return [...found].sort(([a], [b]) => a - b).map(([, id]) => id);
})()`;

async function listed(page: Page): Promise<string[]> {
  return z.array(z.string()).parse(await page.evaluate(READ_LIST));
}

test('several alike calls are approved together, each shown in full and with a verdict of its own', async ({
  world,
  openAs,
  emptyInbox: _,
}) => {
  const agent = await connectAgent(world, 'legacy');
  const marker = `bulk-${Date.now().toString(36)}`;
  const answers: ReturnType<typeof agent.call>[] = [];
  for (const n of [1, 2, 3]) {
    const args = { orderId: 1000 + n, amountCents: 500, reason: `${marker} ${n}` };
    answers.push(agent.call('refund_order', args));
    // Of calls at once any may be held first; the sheet has them in that order.
    await heldCalls(world, marker, n);
  }
  const page = await openAs('avery');
  await openInbox(page);
  await page.getByRole('searchbox', { name: 'Search' }).fill('refund_order');
  await expect(page).toHaveURL(/[?&]q=refund_order/);
  await expect(inboxItem(page, marker)).toHaveCount(3);
  // Back to the list's keys, with what was typed.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('searchbox', { name: 'Search' })).toHaveValue('refund_order');
  await page.keyboard.press('j');
  await expect(inboxItem(page, marker).first()).toBeFocused();

  // Snoozed, it is out of this person's list alone.
  await inboxItem(page, `${marker} 3`).click();
  await expect(page.getByTestId('approve')).toBeVisible();
  await page.keyboard.press('s');
  await page.getByRole('button', { name: '1 hour' }).click();
  await expect(page.getByText('1 call snoozed by you.')).toBeVisible();
  await page.getByRole('button', { name: 'Back to my list' }).click();
  await expect(page.getByText('1 call snoozed by you.')).toBeHidden();

  await inboxItem(page, `${marker} 1`).focus();
  await page.keyboard.press('*');
  await expect(page.getByText('3 selected.')).toBeVisible();
  // Who leaves the sheet without a verdict finds the rows as they were picked.
  await page.keyboard.press('Shift+A');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('3 selected.')).toBeVisible();
  await expect(inboxItem(page, `${marker} 1`)).toBeFocused();
  await page.keyboard.press('Shift+A');
  const sheet = page.getByRole('dialog', { name: 'Approve 3 calls' });
  await expect(sheet.getByText('They differ in 2 places')).toBeVisible();
  for (const n of [1, 2, 3]) {
    const call = sheet.getByTestId('bulk-call').nth(n - 1);
    await expect(call.getByText(`${marker} ${n}`, { exact: true })).toBeVisible();
    await expect(call.locator('mark').first()).toHaveText(String(n));
  }
  // One is left out, and stays.
  await sheet.getByTestId('bulk-call').nth(2).getByRole('button', { name: 'Leave out' }).click();
  await sheet.getByTestId('bulk-approve').click();
  await expect(sheet.getByText('2 verdicts recorded.')).toBeVisible();
  expect(await answers[0]).toMatchObject({ isError: false });
  expect(await answers[1]).toMatchObject({ isError: false });
  await sheet.getByTestId('bulk-close').click();

  const [left, ...others] = await heldCalls(world, marker, 1);
  if (left === undefined || others.length > 0) throw new Error('Not exactly one is left.');
  expect((await approvalDetail(world, left.id)).verdicts).toHaveLength(0);
  await inboxItem(page, `${marker} 3`).focus();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+D');
  const denial = page.getByRole('dialog', { name: 'Deny 1 call' });
  await denial.getByTestId('deny-reason').fill('Already refunded.');
  await denial.getByTestId('deny-confirm').click();
  await expect(denial.getByText('1 verdict recorded.')).toBeVisible();
  expect((await untilState(world, left.id, 'denied')).verdicts).toHaveLength(1);
  expect(await answers[2]).toMatchObject({ isError: true });
  await agent.close();
});

test('a view keeps filters under a name, and opens by itself as the default', async ({
  openAs,
}) => {
  const page = await openAs('riley');
  await page.goto('/inbox?target=nothing-has-this-name');
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await page.getByRole('button', { name: 'Save, rename…' }).click();
  await page.getByLabel('Save what is listed now as').fill('Nothing ever');
  await page.getByLabel('Open it whenever I open the inbox').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('list', { name: 'Saved views' }).getByRole('listitem')).toHaveCount(
    1,
  );
  await page.goto('/inbox');
  await expect(page).toHaveURL(/target=nothing-has-this-name/);
  await page.getByRole('link', { name: 'All pending' }).click();
  await expect(page).toHaveURL(/\/inbox\?state=pending$/);
  await page.getByRole('button', { name: 'Save, rename…' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('list', { name: 'Saved views' })).toBeHidden();
});
