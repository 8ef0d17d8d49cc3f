import { expect, test } from '../world/fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll, SCHEMES, SIZES } from './judge.ts';
import { judgePages } from './judge-pages.ts';
import { seesHeading, type PageCase } from './page-case.ts';

// What is found says where; a trace would hold all of axe for each look.
test.use({ trace: 'off' });

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
  {
    name: 'the filters of the inbox',
    as: 'avery',
    path: () => '/inbox?mine=yes',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Filters (1)' }).click();
      await expect(page.getByRole('dialog', { name: 'Filters' })).toBeVisible();
      await expect(page.getByLabel('Tool, prompt or resource').getByRole('option')).not.toHaveCount(
        1,
      );
    },
  },
  {
    name: 'several calls about to be decided together',
    as: 'avery',
    path: () => '/inbox',
    ready: async (page) => {
      await page.getByTestId('inbox-item').first().focus();
      await page.keyboard.press('*');
      await page.keyboard.press('Shift+A');
      await expect(page.getByRole('dialog').getByTestId('bulk-call').first()).toBeVisible();
    },
  },
  {
    name: 'the form of a grant',
    as: 'avery',
    path: ({ approvalId }) => `/inbox/${approvalId}`,
    ready: async (page) => {
      await page.getByRole('button', { name: 'Approve and allow again…' }).click();
      await expect(page.getByTestId('grant-sentence')).toBeVisible();
    },
  },
  {
    name: 'what a person was asked',
    as: 'sam',
    path: () => '/asked',
    ready: (page) => expect(page.getByText('Waits for your answer')).toBeVisible(),
  },
  {
    name: 'one question to a person',
    as: 'sam',
    path: ({ approvalId }) => `/asked/${approvalId}`,
    ready: (page) => expect(page.getByLabel('Your answer')).toBeVisible(),
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
    path: () => '/policies/edit?view=yaml',
    ready: (page) => expect(page.getByText(/^Valid: /)).toBeVisible(),
  },
  {
    name: 'the rules, one of them opened',
    as: 'morgan',
    path: () => '/policies/edit?view=rules&rule=hold-writes',
    ready: async (page) => {
      await expect(page.getByText(/^Valid: /)).toBeVisible();
      await expect(page.getByLabel('Description')).toBeVisible();
    },
  },
  {
    name: 'the templates of rules',
    as: 'morgan',
    path: () => '/policies/edit',
    ready: async (page) => {
      await page.getByRole('button', { name: 'New rule…' }).click();
      await page.getByRole('button', { name: /^Limit the rate/ }).click();
      await expect(page.getByRole('button', { name: 'Add this rule' })).toBeVisible();
    },
  },
  {
    name: 'a policy version',
    as: 'morgan',
    path: () => '/policies/versions/1',
    ready: seesHeading('Policy version 1'),
  },
  {
    name: 'a rule in its policy version',
    as: 'avery',
    path: () => '/policies/versions/1?rule=hold-writes',
    ready: (page) => expect(page.getByRole('region', { name: 'Rule hold-writes' })).toBeVisible(),
  },
  {
    name: 'a proposed policy',
    as: 'morgan',
    path: ({ proposalId }) => `/policies/proposals/${proposalId}`,
    ready: async (page) => {
      await seesHeading('Proposed policy')(page);
      await expect(page.getByRole('button', { name: 'Take it back' })).toBeVisible();
    },
  },
];

judgePages(PAGES);

test('an empty inbox is readable for everyone', async ({ openAs, emptyInbox: _ }) => {
  const page = await openAs('avery');
  await page.goto('/inbox');
  await expect(page.getByText('Nothing waits for a verdict')).toBeVisible();
  for (const { size } of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectAccessible(page, colorScheme);
    }
    await expectNoSidewaysScroll(page, size.width);
  }
});
