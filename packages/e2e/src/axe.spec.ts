import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { clearInbox, heldCall } from './world/admin.ts';
import { DESK, expect, PHONE, test } from './world/fixtures.ts';
import { connectAgent, type StockAgent, type ToolAnswer } from './world/stock-agent.ts';
import { freshOrderId, type PersonName, type World } from './world/world.ts';

/** The facts that addresses are made of: ids of what the stack holds. */
interface Facts {
  readonly approvalId: string;
  readonly sessionId: string;
  readonly connectionId: string;
}

interface PageCase {
  readonly name: string;
  /** `null`: nobody signed in. */
  readonly as: PersonName | null;
  readonly path: (facts: Facts) => string;
  /** What shows that the page has loaded all it shows. */
  readonly ready: (page: Page) => Promise<void>;
}

const seesHeading = (name: string | RegExp) => async (page: Page) => {
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
};

const PAGES: readonly PageCase[] = [
  {
    name: 'inbox with an item',
    as: 'avery',
    path: () => '/inbox',
    ready: (page) => expect(page.getByTestId('inbox-item').first()).toBeVisible(),
  },
  {
    name: 'an opened approval',
    as: 'avery',
    path: ({ approvalId }) => `/inbox/${approvalId}`,
    ready: (page) => expect(page.getByTestId('approve')).toBeVisible(),
  },
  {
    name: 'an approval that is the reader’s own',
    as: 'sam',
    path: ({ approvalId }) => `/inbox/${approvalId}`,
    ready: (page) => expect(page.getByText('This verdict is not yours to give.')).toBeVisible(),
  },
  { name: 'sessions', as: 'avery', path: () => '/sessions', ready: seesHeading('Sessions') },
  {
    name: 'a replay',
    as: 'avery',
    path: ({ sessionId }) => `/sessions/${sessionId}`,
    ready: (page) => expect(page.getByRole('list', { name: 'Timeline' })).toBeVisible(),
  },
  { name: 'policies', as: 'morgan', path: () => '/policies', ready: seesHeading('Policies') },
  {
    name: 'the policy editor',
    as: 'morgan',
    path: () => '/policies/edit',
    ready: (page) => expect(page.getByText(/^Valid: /)).toBeVisible(),
  },
  {
    name: 'a policy version',
    as: 'morgan',
    path: () => '/policies/versions/1',
    ready: seesHeading('Policy version 1'),
  },
  {
    name: 'connections',
    as: 'morgan',
    path: () => '/connections',
    ready: seesHeading('Connections'),
  },
  {
    name: 'a connection',
    as: 'morgan',
    path: ({ connectionId }) => `/connections/${connectionId}`,
    ready: (page) => expect(page.getByRole('button', { name: 'Deny everything…' })).toBeVisible(),
  },
  {
    name: 'a client of a connection, with what is wrong about it',
    as: 'morgan',
    path: ({ connectionId }) => `/connections/${connectionId}`,
    ready: async (page) => {
      await page.getByRole('button', { name: 'Add a client' }).click();
      await page.getByRole('button', { name: 'Save' }).click();
      await expect(page.getByText('Name a client, or * for any.')).toBeVisible();
    },
  },
  {
    name: 'the form of a new connection',
    as: 'morgan',
    path: () => '/connections/new',
    ready: seesHeading(/connection/i),
  },
  { name: 'audit', as: 'jordan', path: () => '/audit', ready: seesHeading('Audit') },
  { name: 'settings', as: 'avery', path: () => '/settings', ready: seesHeading('Account') },
  {
    name: 'service identities',
    as: 'morgan',
    path: () => '/settings/service-identities',
    ready: seesHeading('Service identities'),
  },
  {
    name: 'a failed sign-in',
    as: null,
    path: () => '/sign-in-failed?code=failed',
    ready: seesHeading(/./),
  },
  {
    name: 'a person without a role',
    as: 'casey',
    path: () => '/inbox',
    ready: seesHeading('You have no role in Holdpoint yet'),
  },
  {
    name: 'an address that is none',
    as: 'avery',
    path: () => '/nothing-here',
    ready: seesHeading('There is no such page'),
  },
];

const SIZES = [
  { width: 'desk', size: DESK },
  { width: 'phone', size: PHONE },
] as const;
const SCHEMES = ['light', 'dark'] as const;

test.describe('every page', () => {
  let facts: Facts;
  let agent: StockAgent;
  let call: Promise<ToolAnswer | undefined>;
  const leaving = new AbortController();

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
    facts = {
      approvalId: held.id,
      connectionId: held.connection.id,
      sessionId: await newestSession(world),
    };
  });
  test.afterAll(async ({ world }) => {
    leaving.abort();
    await call;
    await agent.close();
    await clearInbox(world);
  });

  for (const { name, as, path, ready } of PAGES) {
    test(`${name}: readable for everyone, in both themes and widths`, async ({
      world,
      openAs,
      browser,
    }) => {
      const page =
        as === null
          ? await (await browser.newContext({ baseURL: world.started.console })).newPage()
          : await openAs(as);
      const complaints = listen(page);
      await page.goto(path(facts));
      await ready(page);
      for (const { width, size } of SIZES) {
        await page.setViewportSize(size);
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await test.step(`${width}, ${colorScheme}`, () => expectAccessible(page));
        }
        await expectNoSidewaysScroll(page, size.width);
      }
      // Guarantee: a strict content security policy, which the pages keep to.
      expect(complaints.policy).toEqual([]);
      expect(complaints.errors).toEqual([]);
    });
  }
});

test('an empty inbox is readable for everyone', async ({ openAs, emptyInbox: _ }) => {
  const page = await openAs('avery');
  await page.goto('/inbox');
  await expect(page.getByText('Nothing waits for a verdict')).toBeVisible();
  for (const { size } of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectAccessible(page);
    }
    await expectNoSidewaysScroll(page, size.width);
  }
});

test('the identity provider’s sign-in page is readable for everyone', async ({ world, page }) => {
  await page.goto(`${world.started.console}/inbox`);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
});

/** Judges the settled page: a theme that is just changing has colours of neither. */
async function expectAccessible(page: Page): Promise<void> {
  await expect(async () => expect(await graveViolations(page)).toEqual([])).toPass({
    intervals: [250, 500],
    timeout: 5_000,
  });
}

async function graveViolations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
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

async function expectNoSidewaysScroll(page: Page, width: number): Promise<void> {
  const scrollWidth: unknown = await page.evaluate('document.documentElement.scrollWidth');
  expect(scrollWidth).toBeLessThanOrEqual(width);
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
