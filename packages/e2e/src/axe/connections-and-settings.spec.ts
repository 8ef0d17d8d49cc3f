import { expect, test } from '../world/fixtures.ts';
import { expectAccessible, SCHEMES } from './judge.ts';
import { judgePages } from './judge-pages.ts';
import { seesHeading, type PageCase } from './page-case.ts';

// What is found says where; a trace would hold all of axe for each look.
test.use({ trace: 'off' });

const PAGES: readonly PageCase[] = [
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
    ready: (page) =>
      expect(page.getByRole('button', { name: 'Freeze…', exact: true })).toBeVisible(),
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
    name: 'the catalogue of a connection',
    as: 'morgan',
    path: ({ connectionId }) => `/connections/${connectionId}/catalogue`,
    ready: (page) => expect(page.getByRole('list', { name: 'Catalogue' })).toBeVisible(),
  },
  {
    name: 'an item of the catalogue',
    as: 'jordan',
    path: ({ connectionId }) => `/connections/${connectionId}/catalogue?item=tool%3Aquery`,
    ready: (page) => expect(page.getByText('Who governs calls of it')).toBeVisible(),
  },
  {
    name: 'the form of a new connection',
    as: 'morgan',
    path: () => '/connections/new',
    ready: seesHeading(/connection/i),
  },
  {
    name: 'the form of a connection through a connector, with what is wrong about it',
    as: 'morgan',
    path: () => '/connections/new',
    ready: async (page) => {
      await page.getByLabel('It is reached').selectOption('connector');
      await page.getByRole('button', { name: 'Register' }).click();
      await expect(page.getByText('Choose a server of a connector.')).toBeVisible();
    },
  },
  {
    name: 'connectors, and the command that enrols one',
    as: 'morgan',
    path: () => '/connectors',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Enrol a connector' }).click();
      await page.getByRole('combobox', { name: 'Site' }).fill('axe');
      await page.getByRole('button', { name: 'Make the command' }).click();
      await expect(page.getByText('Run this on the connector’s machine.')).toBeVisible();
    },
  },
  {
    name: 'what enrolling a connector asks',
    as: 'morgan',
    path: () => '/connectors',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Enrol a connector' }).click();
      await expect(page.getByRole('combobox', { name: 'Site' })).toBeVisible();
    },
  },
  {
    name: 'the numbers',
    as: 'avery',
    path: () => '/numbers',
    ready: (page) => expect(page.getByTestId('under-three-seconds')).toBeVisible(),
  },
  { name: 'audit', as: 'jordan', path: () => '/audit', ready: seesHeading('Audit') },
  { name: 'settings', as: 'avery', path: () => '/settings', ready: seesHeading('Account') },
  {
    name: 'what a freeze asks',
    as: 'morgan',
    path: () => '/settings/freeze',
    ready: async (page) => {
      await expect(page.getByText('Nothing is frozen')).toBeVisible();
      await page.getByRole('button', { name: 'Freeze everything…' }).click();
      await expect(page.getByLabel('Why?')).toBeVisible();
    },
  },
  {
    name: 'passkeys',
    as: 'avery',
    path: () => '/settings/passkeys',
    ready: (page) => expect(page.getByText('No passkey yet')).toBeVisible(),
  },
  {
    name: 'grants',
    as: 'avery',
    path: () => '/settings/grants',
    ready: (page) => expect(page.getByText('No grant is in force')).toBeVisible(),
  },
  {
    name: 'policy tokens',
    as: 'morgan',
    path: () => '/settings/policy-tokens',
    ready: seesHeading('Policy tokens'),
  },
  {
    name: 'rotas',
    as: 'morgan',
    path: () => '/settings/rotas',
    ready: async (page) => {
      await seesHeading('Rotas')(page);
      await page.getByRole('button', { name: 'Make a rota' }).click();
      await expect(page.getByLabel('Title')).toBeVisible();
    },
  },
  {
    name: 'channels and routes',
    as: 'morgan',
    path: () => '/settings/channels',
    ready: async (page) => {
      await seesHeading('Channels')(page);
      await page.getByRole('button', { name: 'Add a channel' }).click();
      await expect(page.getByLabel('Kind')).toBeVisible();
    },
  },
  {
    name: 'the form of a channel of tickets',
    as: 'morgan',
    path: () => '/settings/channels',
    ready: async (page) => {
      await seesHeading('Channels')(page);
      await page.getByRole('button', { name: 'Add a channel' }).click();
      await page.getByLabel('Kind').selectOption('Tickets over REST');
      await page.getByLabel('Comment on tickets').check();
      await page.getByLabel('Kind').selectOption('Jira');
      await page.getByLabel('Moving a ticket decides').check();
      await expect(page.getByLabel('Status that approves')).toBeVisible();
    },
  },
  {
    name: 'accounts elsewhere',
    as: 'avery',
    path: () => '/settings/accounts',
    ready: (page) => expect(page.getByText('No account is tied to you')).toBeVisible(),
  },
  {
    name: 'how a person is told',
    as: 'morgan',
    path: () => '/settings/notifications',
    ready: async (page) => {
      await seesHeading('How I am told')(page);
      await page.getByLabel('Tell me nothing at certain hours').check();
      await page.getByLabel('How often').selectOption('Once a day what waits');
    },
  },
  {
    name: 'the browsers of a person',
    as: 'avery',
    path: () => '/settings/browser',
    ready: seesHeading('This browser'),
  },
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

judgePages(PAGES);

test('the identity provider’s sign-in page is readable for everyone', async ({ world, page }) => {
  await page.goto(`${world.started.console}/inbox`);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme);
  }
});
