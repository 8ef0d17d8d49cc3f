import { generateKeyPairSync } from 'node:crypto';
import { connectorEnrolledSchema } from '@holdpoint/contracts';
import type { Page } from '@playwright/test';
import { expect, test } from './world/fixtures.ts';
import type { World } from './world/world.ts';

// A connector as its admin meets it in the console: enrolled by a command, watched, revoked.

const COMMAND = /^npx holdpoint-connector enroll (http\S+) --token (hpe_\S+)$/;

/** What the command does, without the connector. */
async function enrolBy(command: string, name: string): Promise<Response> {
  const [, gateway = '', token = ''] = COMMAND.exec(command) ?? [];
  const { publicKey } = generateKeyPairSync('ed25519');
  return fetch(`${gateway}/api/connectors/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token,
      publicKey: publicKey.export({ format: 'jwk' }),
      name,
      version: '0.1.0',
    }),
  });
}

async function makeCommand(page: Page, site: string): Promise<string> {
  await page.getByRole('button', { name: 'Enrol a connector' }).click();
  const dialog = page.getByRole('dialog', { name: 'Enrol a connector' });
  await dialog.getByRole('combobox', { name: 'Site' }).fill(site);
  await dialog.getByRole('button', { name: 'Make the command' }).click();
  const command = page.locator('pre', { hasText: 'npx holdpoint-connector enroll' });
  await expect(command).toBeVisible();
  return (await command.textContent()) ?? '';
}

async function entries(world: World, kind: string): Promise<number> {
  const { rows } = await world.ledger.query('select 1 from entry where kind = $1', [kind]);
  return rows.length;
}

test('a connector is enrolled by one command, once, and revoked with its consequences said', async ({
  world,
  openAs,
}) => {
  const site = `plant-${Date.now().toString(36)}`;
  const page = await openAs('morgan');
  await page.goto('/connectors');
  await expect(page.getByRole('heading', { level: 1, name: 'Connectors' })).toBeVisible();
  const command = await makeCommand(page, site);
  expect(command).toMatch(COMMAND);
  expect(COMMAND.exec(command)?.[1]).toBe(world.started.console);

  const enrolled = await enrolBy(command, 'Rack 7');
  expect(connectorEnrolledSchema.parse(await enrolled.json()).site).toBe(site);
  // Guarantee: a token makes one connector.
  expect((await enrolBy(command, 'Somebody else')).status).toBe(401);

  // Without a reload: the gateway tells the page.
  const connectors = page.getByRole('list', { name: `Connectors of ${site}` });
  await expect(connectors.getByText('Rack 7')).toBeVisible();
  await expect(connectors.getByText('not connected')).toBeVisible();
  await expect(connectors.getByText('Somebody else')).toHaveCount(0);
  await page.getByRole('button', { name: 'I have it' }).click();
  await expect(page.getByText(command)).toHaveCount(0);

  await page.getByRole('button', { name: 'Rename Rack 7' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Rack 8');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('button', { name: 'Log of Rack 8' }).click();
  await expect(page.getByRole('dialog').getByText('No line yet')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Revoke Rack 8' }).click();
  const dialog = page.getByRole('dialog', { name: 'Revoke Rack 8?' });
  await expect(dialog.getByText('cut off within a second')).toBeVisible();
  await expect(dialog.getByText(`No connection leads to ${site} yet.`)).toBeVisible();
  await dialog.getByRole('button', { name: 'Revoke it' }).click();
  await expect(connectors.getByText('revoked', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Remove Rack 8' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
  await page.getByRole('button', { name: `Remove the site ${site}` }).click();
  await expect(page.getByRole('heading', { name: site })).toHaveCount(0);
  expect(await entries(world, 'connector.revoked')).toBeGreaterThan(0);
});

test('an auditor sees connectors and can change nothing', async ({ openAs }) => {
  const page = await openAs('jordan');
  await page.goto('/connectors');
  await expect(page.getByRole('heading', { level: 1, name: 'Connectors' })).toBeVisible();
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /Enrol|Revoke|Rename|Remove|Log/ })).toHaveCount(0);
});

test('a connection asks for a server where it leads through a connector', async ({ openAs }) => {
  const page = await openAs('morgan');
  await page.goto('/connections/new');
  await page.getByLabel('It is reached').selectOption('connector');
  await expect(page.getByLabel('Address of the MCP server')).toHaveCount(0);
  await expect(page.getByLabel('Credential')).toHaveCount(0);
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(page.getByText('Choose a server of a connector.')).toBeVisible();
});
