import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startStack, type Stack } from '@holdpoint/testkit';
import type { Page } from '@playwright/test';
import { approve, deny, heldCall } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent, type StockAgent } from './world/stock-agent.ts';
import { World } from './world/world.ts';

// What `npm start` brings: a file server that speaks over stdio, behind a connector, under a policy
// that holds what is written outside drafts/.

const TITLE = 'Project files';
let stack: Stack;
let world: World;
let agent: StockAgent;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  stack = await startStack({ files: true });
  world = await World.open(stack.home);
  agent = await connectAgent(world, 'legacy', { endpoint: endpoint() });
});
test.afterAll(async () => {
  await agent?.close();
  await world?.close();
  await stack?.stop();
});

const endpoint = () => world.started.files?.mcp ?? '';
const onDisk = (path: string) =>
  readFile(join(world.started.files?.folder ?? '', path), 'utf8').catch(() => undefined);

async function connectorsPage(page: Page): Promise<void> {
  await page.goto('/connectors');
  await expect(page.getByText('Demo connector')).toBeVisible();
}

test('agents read files and write drafts right away', async () => {
  expect(await agent.listTools()).toContain('write_file');
  const read = await agent.call('read_text_file', { path: 'README.md' });
  expect(read.text).toContain('Project files');
  const written = await agent.call('write_file', { path: 'drafts/new.md', content: 'A draft' });
  expect(written.isError).toBe(false);
  expect(await onDisk('drafts/new.md')).toBe('A draft');
});

test('what is written elsewhere waits for a reviewer, and runs once approved', async ({
  openAs,
}) => {
  const path = 'reports/2026-q3.md';
  const before = await onDisk(path);
  const call = agent.call('write_file', { path, content: 'Orders: none' });
  const held = await heldCall(world, path);
  expect(held.connection.title).toBe(TITLE);
  // Guarantee: nothing ran yet, on the other side of the connector either.
  expect(await onDisk(path)).toBe(before);
  // A condition is told with its keyword: the other one would say the contrary.
  const page = await openAs('avery', { world });
  await page.goto(`/inbox/${held.id}`);
  await expect(page.getByText(/^unless args\.path\.startsWith\("drafts\/"\)/)).toBeVisible();
  // What this connection signs in with stands in its connector's file, not in the gateway.
  await expect(page.getByText('with the connection’s own credential').first()).toBeVisible();
  await approve(world, held.id);
  expect((await call).isError).toBe(false);
  expect(await onDisk(path)).toBe('Orders: none');
});

test('a way out of the drafts is held too, and a denial reaches the agent', async () => {
  const path = 'drafts/../README.md';
  const call = agent.call('write_file', { path, content: 'gone' });
  const held = await heldCall(world, path);
  await deny(world, held.id, 'Not the README.');
  const answer = await call;
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('Not the README.');
  expect(await onDisk('README.md')).toContain('Project files');
});

test('an admin sees the connector, its server, its log, and who uses it', async ({ openAs }) => {
  const page = await openAs('morgan', { world });
  await connectorsPage(page);
  await expect(page.getByText('connected', { exact: true })).toBeVisible();
  const servers = page.getByRole('list', { name: 'Servers of Demo connector' });
  await expect(servers.getByText('files', { exact: true })).toBeVisible();
  await expect(servers.getByText('stdio', { exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: TITLE })).toBeVisible();
  await page.getByRole('button', { name: 'Log of Demo connector' }).click();
  await expect(page.getByRole('log').getByText(/files/i).first()).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: TITLE }).click();
  await expect(page.getByLabel('Server', { exact: true })).toHaveValue(
    'connector://this-machine/files',
  );
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByText(/^It works: /)).toBeVisible();
});

for (const kill of [false, true])
  test(`a gateway that is ${kill ? 'killed' : 'restarted'} gets its connector back, and calls go on`, async () => {
    await stack.restartGateway({ kill });
    await expect(async () => {
      const again = await connectAgent(world, 'legacy', { endpoint: endpoint() });
      const { isError, text } = await again.call('read_text_file', { path: 'README.md' });
      await again.close();
      expect(isError, text).toBe(false);
    }).toPass({ timeout: 60_000 });
  });

test('a revoked connector is cut off, and a call says why it has not run', async ({ openAs }) => {
  const page = await openAs('morgan', { world });
  await connectorsPage(page);
  await page.getByRole('button', { name: 'Revoke Demo connector' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(`calls to ${TITLE} fail until one is`)).toBeVisible();
  await dialog.getByRole('button', { name: 'Revoke it' }).click();
  await expect(page.getByText('revoked', { exact: true })).toBeVisible();
  const late = await agent.call('read_text_file', { path: 'README.md' }).catch(String);
  expect(typeof late === 'string' ? late : late.text).toMatch(/connector|session/i);
});
