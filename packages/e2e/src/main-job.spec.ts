import type { Locator } from '@playwright/test';
import { expectState, inboxItem, openInbox } from './world/console-window.ts';
import { registerConnection, untilState } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, ERAS } from './world/stock-agent.ts';
import { tapUpstream } from './world/upstream-tap.ts';

const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' } as const;
const AUDITED = [
  'call.received',
  'approval.held',
  'verdict.given',
  'approval.claimed',
  'call.answered',
  'approval.delivered',
];
const CUSTOMER = { legacy: 11, modern: 12 } as const;

test.describe('the main job', () => {
  // Its replay is read while the upstream is stopped.
  test.afterEach(({ own: { stack } }) => stack.startUpstream());

  for (const era of ERAS) {
    test(`a ${era} client's DELETE waits, is approved by a click, runs once, and is replayed`, async ({
      own: { stack, world },
      openAs,
      page,
    }) => {
      const tap = await tapUpstream(world.started.demoUpstream);
      const connection = await registerConnection(world, {
        slug: `demo-main-${era}`,
        title: 'Production database',
        url: tap.url,
      });

      await test.step('a reviewer signs in through the identity provider', async () => {
        const avery = world.account('avery');
        await page.goto(`${world.started.console}/inbox`);
        await page.getByLabel('E-mail', { exact: true }).fill(avery.email);
        await page.getByLabel('Password', { exact: true }).fill(avery.password);
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await expect(page.getByRole('heading', { name: 'Inbox', exact: true })).toBeVisible();
      });

      const agent = await connectAgent(world, era, { endpoint: connection.endpoint });
      expect(agent.protocolVersion).toBe(VERSIONS[era]);
      expect(await agent.listTools()).toContain('query');

      const customer = CUSTOMER[era];
      const sql = `DELETE FROM customers WHERE id = ${customer} RETURNING id, name, email, phone, ssn`;
      const before = await world.production.executions();
      const answered = agent.call('query', { sql });

      await test.step('it appears in the open inbox, by itself, as a sentence', async () => {
        const item = inboxItem(page, `id = ${customer} RETURNING`);
        await expect(item).toBeVisible();
        await expect(item).toContainText('demo-agent wants to run query on Production database');
        await expect(page.getByTestId('pending-count')).toContainText('1');
        expect(await world.production.executions(), 'nothing runs while it waits').toBe(before);
        await item.click();
        await expect(page.getByRole('heading', { level: 1 }).last()).toContainText('held because');
      });

      await test.step('one click approves it', async () => {
        await page.getByTestId('approve').click();
        await expectState(page, 'approved', 'claimed', 'answered', 'delivered');
      });

      await test.step('the agent gets the masked answer', async () => {
        const answer = await answered;
        expect(answer.isError).toBe(false);
        expect(answer.structured).toMatchObject({ command: 'DELETE', rowCount: 1 });
        for (const value of await world.production.personalData()) {
          expect(answer.text).not.toContain(value);
        }
        expect(answer.text).not.toMatch(/@example\.com|\d{3}-\d{2}-\d{4}/);
        await expectState(page, 'delivered');
      });

      await test.step('it ran exactly once', async () => {
        expect(await world.production.executions()).toBe(before + 1);
        expect(await world.production.customerExists(customer)).toBe(false);
        const forwarded = tap.seen.filter(({ body }) =>
          body.includes(`id = ${customer} RETURNING`),
        );
        expect(forwarded).toHaveLength(1);
      });

      await test.step('both edges spoke the negotiated era', async () => {
        const { rows } = await world.ledger.query(
          'select distinct era from session where connection_id = $1',
          [connection.id],
        );
        expect(rows).toEqual([{ era }]);
        const call = tap.seen.find(({ body }) => body.includes(`id = ${customer} RETURNING`));
        expect(call?.headers['mcp-protocol-version']).toBe(VERSIONS[era]);
        expect(call?.headers['mcp-method']).toBe(era === 'modern' ? 'tools/call' : undefined);
        // Guarantee: credentials go one way. Only the gateway's own reaches the upstream.
        for (const { headers } of tap.seen) {
          expect(headers.authorization).toBe(`Bearer ${world.upstreamToken}`);
          expect(headers.cookie).toBeUndefined();
        }
      });

      await test.step('its replay needs no upstream', async () => {
        await stack.stopUpstream();
        await page.getByRole('link', { name: 'Replay what it did before' }).click();
        const timeline = page.getByRole('list', { name: 'Timeline' });
        await expect(timeline).toBeVisible();
        await expect(timeline.getByText('Verdict', { exact: true })).toBeVisible();
        await expect(timeline.getByText('Wait', { exact: true }).first()).toBeVisible();
        const shown = await replayText(timeline);
        for (const edge of ['Agent → gateway', 'Gateway → agent']) expect(shown).toContain(edge);
        expect(shown).toContain(`DELETE FROM customers WHERE id = ${customer}`);
        expect(shown).toContain('"command"');
        expect(shown).not.toMatch(/@example\.com|\d{3}-\d{2}-\d{4}/);
      });

      await test.step('the audit page shows its entries', async () => {
        const audit = await openAs('jordan', { world });
        await audit.goto(`/audit?connection=${connection.slug}`);
        const entries = audit.getByRole('list', { name: 'Entries' });
        for (const kind of AUDITED) {
          await expect(entries.getByText(kind, { exact: true }).first()).toBeVisible();
        }
      });

      await agent.close();
      await tap.close();
    });
  }
});

test('the demo connection itself is held and run in both eras', async ({ world, openAs }) => {
  const page = await openAs('riley');
  await openInbox(page);
  for (const era of ERAS) {
    const agent = await connectAgent(world, era);
    const order = era === 'legacy' ? 1_002 : 1_007;
    const before = await world.production.executions();
    const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
    const item = inboxItem(page, `id = ${order}`);
    await item.click();
    const id = (await item.getAttribute('data-row')) ?? '';
    await page.getByTestId('approve').click();
    expect(await answered).toMatchObject({ isError: false, structured: { rowCount: 1 } });
    expect(await world.production.executions()).toBe(before + 1);
    await untilState(world, id, 'delivered');
    await agent.close();
  }
});

/** Opens one item of the replay after the other, and returns all that was shown. */
async function replayText(timeline: Locator): Promise<string> {
  const shown: string[] = [];
  for (const row of await timeline.getByRole('listitem').all()) {
    const head = row.getByRole('button').first();
    if ((await head.getAttribute('aria-expanded')) === 'false') await head.click();
    await expect(head).toHaveAttribute('aria-expanded', 'true');
    shown.push((await row.textContent()) ?? '');
  }
  return shown.join('\n');
}
