import type { PolicyProposal } from '@holdpoint/contracts';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { ask, clearInbox, heldCall, propose, withdraw } from '../world/admin.ts';
import { DESK, expect, test } from '../world/fixtures.ts';
import { connectAgent, type StockAgent, type ToolAnswer } from '../world/stock-agent.ts';
import { freshOrderId, type PersonName, type World } from '../world/world.ts';
import { expectAccessible, expectNoSidewaysScroll, SCHEMES, SIZES } from './judge.ts';
import type { Facts, PageCase } from './page-case.ts';

/** Each page in both themes and widths, with a call that waits, a session, and a proposed policy. */
export function judgePages(pages: readonly PageCase[]): void {
  test.describe('every page', () => judgeEach(pages));
}

function judgeEach(pages: readonly PageCase[]): void {
  let facts: Facts;
  let proposal: PolicyProposal;
  let agent: StockAgent;
  let call: Promise<ToolAnswer | undefined>;
  const leaving = new AbortController();
  // One for each person: what was loaded for one page is there for the next.
  const windows = new Map<PersonName | null, BrowserContext>();

  test.beforeAll(async ({ world }) => {
    await clearInbox(world);
    agent = await connectAgent(world, 'modern');
    const order = freshOrderId();
    await agent.call('query', { sql: 'SELECT id, email FROM customers LIMIT 2' });
    call = agent
      .call(
        'query',
        { sql: `DELETE FROM orders\nWHERE id = ${order} AND status = 'cancelled'` },
        leaving.signal,
      )
      .catch(() => undefined);
    const held = await heldCall(world, String(order));
    await ask(world, held.id, 'Which clean-up is this?');
    proposal = await propose(world, 'rules:\n  - id: hold-everything\n    effect: hold\n');
    facts = {
      proposalId: proposal.id,
      approvalId: held.id,
      connectionId: held.connection.id,
      sessionId: await newestSession(world),
    };
  });
  test.afterAll(async ({ world }) => {
    for (const window of windows.values()) await window.close();
    leaving.abort();
    await call;
    await agent.close();
    await withdraw(world, proposal);
    await clearInbox(world);
  });

  for (const { name, as, path, ready } of pages) {
    test(`${name}: readable for everyone, in both themes and widths`, async ({
      world,
      browser,
    }) => {
      const window = windows.get(as) ?? (await openWindow(browser, world, as));
      windows.set(as, window);
      const page = await window.newPage();
      const complaints = listen(page);
      await page.goto(path(facts));
      await ready(page);
      for (const { width, size } of SIZES) {
        await page.setViewportSize(size);
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await test.step(`${width}, ${colorScheme}`, () => expectAccessible(page, colorScheme));
        }
        await expectNoSidewaysScroll(page, size.width);
      }
      // Guarantee: a strict content security policy, which the pages keep to.
      expect(complaints.policy).toEqual([]);
      expect(complaints.errors).toEqual([]);
      await page.close();
    });
  }
}

async function openWindow(
  browser: Browser,
  world: World,
  as: PersonName | null,
): Promise<BrowserContext> {
  const person = as === null ? undefined : await world.person(as);
  return browser.newContext({
    baseURL: world.started.console,
    viewport: DESK,
    serviceWorkers: 'block',
    ...(person && { storageState: await person.storageState() }),
  });
}

/** What the browser complains about while a page is open. */
function listen(page: Page): { readonly policy: string[]; readonly errors: string[] } {
  const policy: string[] = [];
  const errors: string[] = [];
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) policy.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return { policy, errors };
}

async function newestSession(world: World): Promise<string> {
  const { rows } = await world.ledger.query<{ id: string }>(
    'select id from session order by started_at desc limit 1',
  );
  return rows[0]?.id ?? '';
}
