import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { channelSavedSchema, routeListSchema } from '@holdpoint/contracts';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
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

/** A real mail server; what it got is parsed as a mail program would. */
async function mailServer() {
  const mails: ParsedMail[] = [];
  let refusing = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo(_address, _session, callback) {
      if (refusing === 0) return callback();
      refusing -= 1;
      callback(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
    },
    onData(stream, _session, callback) {
      void simpleParser(stream).then((mail) => {
        mails.push(mail);
        callback();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    port,
    mails,
    refuseNext: () => (refusing = 1),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test.afterAll(({ world }) => clearInbox(world));

// Guarantee: a link in a mail decides nothing, whoever opens it; the page asks the signed-in reviewer.
test('an admin sets up mails; a held call is mailed, and its link leads to the verdict', async ({
  world,
  browser,
  openAs,
}) => {
  const mail = await mailServer();
  const connection = await registerConnection(world, { slug: 'demo-mailed' });
  const admin = await openAs('morgan');
  await admin.goto('/settings/channels');
  await admin.getByRole('button', { name: 'Add a channel' }).press('Enter');
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Mail of the night');
  await dialog.getByLabel('Kind').selectOption('E-mail');
  await dialog.getByLabel('Mail server').fill('127.0.0.1');
  await dialog.getByLabel('Port').fill(String(mail.port));
  await dialog.getByLabel('Encryption').selectOption('none');
  await dialog.getByLabel('From').fill('holdpoint@example.com');
  await dialog.getByLabel('To', { exact: true }).fill('night@example.com');
  await dialog.getByLabel('Also to each person').uncheck();
  await dialog.getByRole('button', { name: 'Add it' }).press('Enter');
  await expect(
    dialog.getByText('Without TLS only a private address is reached').first(),
  ).toBeVisible();
  await dialog.getByLabel('The address is private').check();
  const { violations } = await new AxeBuilder({ page: admin }).include('dialog').analyze();
  expect(violations).toEqual([]);
  await dialog.getByRole('button', { name: 'Add it' }).press('Enter');
  await expect(dialog).toBeHidden();

  await admin.getByRole('link', { name: 'Mail of the night' }).click();
  await admin.getByRole('button', { name: 'Send a test' }).press('Enter');
  await expect(admin.getByText('It arrived')).toBeVisible();
  expect(mail.mails.at(-1)?.subject).toContain('[Holdpoint] Test');
  await expect(admin.getByRole('list', { name: 'Messages' })).toContainText('A test');

  await admin.getByRole('link', { name: 'All channels' }).click();
  await admin.getByRole('button', { name: 'Add a route' }).click();
  await dialog.getByLabel('Name').fill('Nights');
  await dialog.getByLabel('Mail of the night').check();
  await dialog.getByLabel('Connections').fill(`${connection.slug},`);
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(admin.getByRole('list', { name: 'Routes' })).toContainText('Nights');

  const agent = await connectAgent(world, 'legacy', { endpoint: connection.endpoint });
  const order = freshOrderId();
  const call = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  const held = () => mail.mails.find(({ text }) => text?.includes(id) === true);
  await expect.poll(held, { timeout: 90_000 }).toBeDefined();
  expect(held()?.text).toContain(`DELETE FROM orders WHERE id = ${order}`);
  const links = [...String(held()?.html).matchAll(/href="([^"]*)"/gu)].map(([, to]) => to ?? '');
  expect(links).toEqual([`${world.started.console}/inbox/${id}`]);

  // A scanner opens every link, in every way that asks and doesn't write.
  const [link = ''] = links;
  for (const method of ['GET', 'HEAD', 'OPTIONS']) await fetch(link, { method });
  expect((await approvalDetail(world, id)).state).toBe('held');

  const window = await browser.newContext();
  const page = await window.newPage();
  await page.goto(link);
  expect((await approvalDetail(world, id)).state).toBe('held');
  const avery = world.account('avery');
  await page.getByLabel('E-mail', { exact: true }).fill(avery.email);
  await page.getByLabel('Password', { exact: true }).fill(avery.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: /wants to run query/ })).toBeVisible();
  expect((await approvalDetail(world, id)).state).toBe('held');
  await page.getByTestId('approve').click();
  await untilState(world, id, 'delivered');
  expect((await call).isError).toBe(false);
  await window.close();
  await agent.close();
  await mail.close();
});

test('what is wrong in a long form is brought before the eyes', async ({ openAs }) => {
  const phone = await openAs('morgan', { phone: true });
  await phone.goto('/settings/channels');
  await phone.getByRole('button', { name: 'Add a channel' }).tap();
  const dialog = phone.getByRole('dialog');
  await dialog.getByLabel('Kind').selectOption('Slack');
  const add = dialog.getByRole('button', { name: 'Add it' });
  await add.tap();
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await expect(dialog.getByText('Give it a name.')).toBeInViewport();
  await dialog.getByLabel('Name').fill('Nights');
  await dialog.getByLabel('Conversation').fill('C0123456789');
  await add.tap();
  // The gateway's answer, too.
  await expect(dialog.getByLabel('Bot token')).toBeFocused();
  await expect(dialog.getByText('Enter it: without it').first()).toBeInViewport();
});

test('a dead letter is seen in the log on a phone, and sent again', async ({ world, openAs }) => {
  const mail = await mailServer();
  const connection = await registerConnection(world, { slug: 'demo-letters' });
  const morgan = await world.person('morgan');
  const title = `Letters ${Date.now().toString(36)}`;
  const { channel } = await morgan.post(
    '/api/channels',
    {
      title,
      config: {
        ...{ kind: 'email', host: '127.0.0.1', port: mail.port, security: 'none' },
        ...{ allowPrivate: true, from: 'holdpoint@example.com', to: ['night@example.com'] },
      },
    },
    channelSavedSchema,
  );
  await morgan.post(
    '/api/routes',
    {
      title,
      match: { events: ['approval.settled'], connections: [connection.slug] },
      channels: [channel.id],
    },
    routeListSchema,
  );
  mail.refuseNext();
  const agent = await connectAgent(world, 'legacy', { endpoint: connection.endpoint });
  const order = freshOrderId();
  const call = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  await heldCall(world, `id = ${order}`);
  await clearInbox(world);
  await call;

  const phone = await openAs('morgan', { phone: true });
  await phone.emulateMedia({ colorScheme: 'dark' });
  await phone.goto(`/settings/channels/${channel.id}`);
  const letter = phone.getByRole('list', { name: 'Messages' }).getByRole('listitem').first();
  await expect(letter).toContainText('no such mailbox', { timeout: 90_000 });
  const width: unknown = await phone.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);
  const { violations } = await new AxeBuilder({ page: phone }).analyze();
  expect(violations).toEqual([]);
  await phone.getByRole('button', { name: 'Send again', exact: true }).first().tap();
  await expect.poll(() => mail.mails.length, { timeout: 90_000 }).toBe(1);
  // What became of it is seen by who waits for it.
  await expect(phone.getByLabel('Messages').getByText('Delivered', { exact: true })).toBeVisible({
    timeout: 15_000,
  });
  await agent.close();
  await mail.close();
});
