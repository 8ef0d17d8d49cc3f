import type { Page, Request } from '@playwright/test';
import { approvalDetail } from './world/admin.ts';
import { denyWith, expectState, inboxItem } from './world/console-window.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId, type World } from './world/world.ts';

test.describe('two reviewers on two gateways at the same moment', () => {
  let second: { readonly url: string; stop(): Promise<void> };

  test.beforeAll(async ({ own: { stack } }) => {
    second = await stack.startSecondGateway();
  });
  test.afterAll(() => second.stop());

  // Guarantee: a verdict is one conditional update, so exactly one of two settles the approval.
  test('both approve: one verdict settles, the other is told, it runs once', async ({
    own: { world },
    openAs,
  }) => {
    const pages = [await openAs('avery', { world }), await openAs('riley', { world })] as const;
    const { id, answered, before } = await hold(world, pages, second.url);
    const together = [await gate(pages[0]), await gate(pages[1])] as const;
    await Promise.all(pages.map((page) => page.getByTestId('approve').click()));
    const statuses = await release(together);

    expect(statuses.toSorted()).toEqual([200, 409]);
    expect(await answered).toMatchObject({ isError: false });
    expect(await world.production.executions()).toBe(before + 1);
    const { verdicts } = await approvalDetail(world, id);
    expect(verdicts).toHaveLength(1);

    const loser = statuses[0] === 409 ? pages[0] : pages[1];
    const winner = verdicts[0]?.person.name ?? '';
    await expect(loser.getByText(`approved by ${winner}`)).toBeVisible();
    for (const page of pages) await expectState(page, 'delivered');
  });

  test('one approves and one denies: what settles first is what happens', async ({
    own: { world },
    openAs,
  }) => {
    const pages = [await openAs('avery', { world }), await openAs('riley', { world })] as const;
    const { id, answered, before } = await hold(world, pages, second.url);
    const together = [await gate(pages[0]), await gate(pages[1])] as const;
    await Promise.all([
      pages[0].getByTestId('approve').click(),
      denyWith(pages[1], 'It is being looked into.'),
    ]);
    const statuses = await release(together);

    expect(statuses.toSorted()).toEqual([200, 409]);
    const { verdicts } = await approvalDetail(world, id);
    expect(verdicts).toHaveLength(1);
    const approved = verdicts[0]?.verdict === 'approve';
    expect(approved).toBe(statuses[0] === 200);
    expect((await answered).isError).toBe(!approved);
    expect(await world.production.executions()).toBe(before + (approved ? 1 : 0));
    for (const page of pages) await expectState(page, approved ? 'delivered' : 'denied');
  });

  test('one says that they look at it; the other sees it, takes it over, and is seen', async ({
    own: { world },
    openAs,
  }) => {
    const [avery, riley] = [await openAs('avery', { world }), await openAs('riley', { world })];
    const { id, answered } = await hold(world, [avery, riley], second.url);
    await expect(avery.getByTestId('look')).toBeVisible();
    await avery.keyboard.press('l');
    await expect(avery.getByTestId('watch')).toContainText('You are looking at this');
    await expect(riley.getByTestId('watch')).toContainText('Avery Chen is looking at this');
    const row = riley.locator(`[data-row="${id}"]`);
    await expect(row.getByTestId('watched-by')).toHaveText('Avery Chen is looking');

    await riley.getByTestId('look').click();
    await riley.getByTestId('take-over').click();
    await expect(riley.getByTestId('watch')).toContainText('You took this over from Avery Chen');
    await expect(avery.getByTestId('watch')).toContainText('Riley Novak took this over from you');

    // It keeps nobody from deciding.
    await denyWith(avery, 'Ask for a dry run first.');
    expect((await answered).isError).toBe(true);
    await expect(riley.getByTestId('watch')).toHaveCount(0);
  });
});

/** One held call, opened by both: the first on the first gateway, the second on the second. */
async function hold(world: World, [first, other]: readonly [Page, Page], secondUrl: string) {
  const agent = await connectAgent(world, 'legacy');
  const order = freshOrderId();
  const before = await world.production.executions();
  const answered = agent
    .call('query', { sql: `DELETE FROM orders WHERE id = ${order}` })
    .finally(() => agent.close());
  await first.goto('/inbox');
  await other.goto(`${secondUrl}/inbox`);
  const id = (await inboxItem(first, order).getAttribute('data-row')) ?? '';
  for (const page of [first, other]) await inboxItem(page, order).click();
  await expect(other.getByTestId('approve')).toBeVisible();
  return { id, answered, before };
}

interface Gate {
  readonly clicked: Promise<Request>;
  open(): Promise<number>;
}

/** Keeps a page's verdict on the wire until it is let go. */
async function gate(page: Page): Promise<Gate> {
  let letGo: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/verdict', async (route) => {
    await opened;
    await route.continue();
  });
  const clicked = page.waitForRequest('**/verdict');
  const answered = page.waitForResponse('**/verdict');
  return {
    clicked,
    async open() {
      letGo();
      return (await answered).status();
    },
  };
}

/** Lets both verdicts go once both were clicked. */
async function release(gates: readonly [Gate, Gate]): Promise<[number, number]> {
  await Promise.all(gates.map((each) => each.clicked));
  return Promise.all([gates[0].open(), gates[1].open()]);
}
