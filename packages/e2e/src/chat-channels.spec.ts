import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AxeBuilder } from '@axe-core/playwright';
import { routeListSchema } from '@holdpoint/contracts';
import {
  signedBySlack,
  SLACK_DOUBLE,
  slackButtons,
  slackPress,
  startSlackDouble,
  type SlackDouble,
} from '@holdpoint/testkit';
import type { Page } from '@playwright/test';
import {
  approvalDetail,
  clearInbox,
  heldCall,
  registerConnection,
  untilState,
} from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { freshOrderId } from './world/world.ts';

const SOON = { timeout: 90_000 };
const SIGNING_SECRET = '0123456789abcdef0123456789abcdef';

test.afterAll(({ world }) => clearInbox(world));

async function openForm(admin: Page, name: string, kind: string) {
  await admin.goto('/settings/channels');
  await admin.getByRole('button', { name: 'Add a channel' }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Kind').selectOption(kind);
  return dialog;
}

/** By the form, which says first what is missing; then a test of the channel arrives. */
async function addSlack(admin: Page, slack: SlackDouble, name: string): Promise<string> {
  const dialog = await openForm(admin, name, 'Slack');
  await dialog.getByLabel('Conversation').fill(SLACK_DOUBLE.conversation);
  await dialog.getByLabel('Bot token').fill('not a token');
  await dialog.getByLabel('Signing secret').fill(SIGNING_SECRET);
  await dialog.getByLabel('Web API').fill(slack.api);
  await dialog.getByLabel('The address is private').check();
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(dialog.getByText('it begins with xoxb-').first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page: admin }).include('dialog').analyze();
  expect(violations).toEqual([]);
  await dialog.getByLabel('Bot token').fill(SLACK_DOUBLE.botToken);
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(dialog).toBeHidden();
  await admin.getByRole('link', { name }).click();
  await admin.getByRole('button', { name: 'Send a test' }).click();
  await expect(admin.getByText('It arrived')).toBeVisible(SOON);
  const requestUrl = await admin.getByText('/api/slack/').first().textContent();
  return requestUrl ?? '';
}

// Guarantee: an account in Slack decides only after its person, signed in, said that it is theirs.
test('an admin sets Slack up; a reviewer ties their account by the link, and approves there', async ({
  world,
  openAs,
}) => {
  const slack = await startSlackDouble();
  const connection = await registerConnection(world, { slug: 'demo-slack' });
  const title = `Slack ${connection.slug}`;
  const requestUrl = await addSlack(await openAs('morgan'), slack, title);
  const id = requestUrl.split('/').at(-1) ?? '';
  expect(requestUrl).toBe(`${world.started.console}/api/slack/${id}`);
  const match = { events: ['approval.held'], connections: [connection.slug] };
  const morgan = await world.person('morgan');
  await morgan.post('/api/routes', { title, match, channels: [id] }, routeListSchema);

  const agent = await connectAgent(world, 'legacy', { endpoint: connection.endpoint });
  const order = freshOrderId();
  const call = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id: approval } = await heldCall(world, `id = ${order}`);
  const called = (method: string, about: string) =>
    slack.calls.findLast(
      (each) => each.method === method && JSON.stringify(each.body).includes(about),
    );
  const approve = () =>
    slackButtons(called('chat.postMessage', approval)).find(
      ({ action_id: action }) => action === 'holdpoint_approve',
    );
  await expect.poll(approve, SOON).toBeDefined();
  const press = async () => {
    const button = approve();
    if (button === undefined) throw new Error('There is no button to approve with.');
    const body = slackPress('U-AVERY', button);
    const headers = signedBySlack(SIGNING_SECRET, body);
    expect((await fetch(requestUrl, { method: 'POST', headers, body })).status).toBe(200);
  };
  const link = () => slackButtons(called('chat.postEphemeral', '/settings/slack?token='))[0]?.url;
  await press();
  await expect.poll(link, SOON).toBeDefined();

  const avery = await openAs('avery');
  await avery.goto(link() ?? '');
  await avery.getByRole('button', { name: 'Show the account' }).click();
  await expect(avery.getByText(`U-AVERY in ${SLACK_DOUBLE.team}`)).toBeVisible();
  const tie = avery.getByRole('button', { name: 'Tie it to me' });
  await expect(tie).toBeDisabled();
  await avery.getByLabel('This is my own Slack account').check();
  const { violations } = await new AxeBuilder({ page: avery }).analyze();
  expect(violations).toEqual([]);
  await tie.click();
  await expect(avery.getByText('It is tied to you')).toBeVisible();
  expect((await approvalDetail(world, approval)).state).toBe('held');

  await press();
  await untilState(world, approval, 'delivered');
  expect((await call).isError).toBe(false);
  expect((await approvalDetail(world, approval)).verdicts).toMatchObject([
    { person: { email: 'avery@example.com' } },
  ]);
  await expect.poll(() => called('chat.postEphemeral', 'verdict is recorded'), SOON).toBeDefined();

  await avery.getByRole('button', { name: /^Untie U-AVERY/ }).click();
  await expect(avery.getByText('No Slack account is tied to you')).toBeVisible();
  await agent.close();
  slack.close();
});

test('an admin sets Microsoft Teams up; a test arrives, and the address stays when it is changed', async ({
  openAs,
}) => {
  const cards: string[] = [];
  const workflow = createServer((request, response) => {
    void text(request).then((body) => {
      cards.push(`${request.url} ${body}`);
      response.writeHead(202).end();
    });
  }).listen(0, '127.0.0.1');
  await once(workflow, 'listening');
  const { port } = workflow.address() as AddressInfo;
  const name = `Teams ${Date.now().toString(36)}`;
  const admin = await openAs('morgan');
  const dialog = await openForm(admin, name, 'Microsoft Teams');
  await dialog.getByLabel('Address of the workflow').fill(`http://127.0.0.1:${port}/w?sig=5ecret`);
  await dialog.getByLabel('The address is private').check();
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(dialog).toBeHidden();
  await admin.getByRole('link', { name }).click();
  // The list that is left has buttons of that name, too.
  await expect(admin.getByRole('heading', { name, level: 1 })).toBeVisible();
  await admin.getByRole('button', { name: 'Change' }).click();
  await expect(dialog.getByLabel('Address of the workflow')).toHaveValue('');
  await dialog.getByLabel('With the arguments').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await admin.getByRole('button', { name: 'Send a test' }).click();
  await expect(admin.getByText('It arrived')).toBeVisible(SOON);
  expect(cards).toHaveLength(1);
  expect(cards[0]).toMatch(/^\/w\?sig=5ecret \{.*AdaptiveCard/);
  await expect(admin.getByText('5ecret')).toHaveCount(0);
  workflow.close();
});
