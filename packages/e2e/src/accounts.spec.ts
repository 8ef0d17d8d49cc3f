import { createHmac } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './world/fixtures.ts';

// Guarantee: an account elsewhere decides as a person only once that person saw which account it is.
test('an admin lets verdicts come back; a reviewer ties the account that sent their code', async ({
  openAs,
}) => {
  const admin = await openAs('morgan');
  await admin.goto('/settings/channels');
  await admin.getByRole('button', { name: 'Add a channel' }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Portal');
  await dialog.getByLabel('Address', { exact: true }).fill('https://portal.example.com/holdpoint');
  await dialog.getByLabel('Verdicts may come back').check();
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await expect(dialog).toBeHidden();
  const made = admin.getByRole('status').filter({ hasText: 'Two secrets.' });
  const secret =
    (await made
      .getByText(/^whsec_/)
      .nth(1)
      .textContent()) ?? '';
  await made.getByRole('button', { name: 'I have kept both' }).click();
  await expect(made).toBeHidden();
  await admin.getByRole('link', { name: 'Portal', exact: true }).click();
  const address = admin.getByText(/\/api\/callbacks\//);
  await expect(address).toBeVisible();
  const url = (await address.textContent()) ?? '';

  const reviewer = await openAs('avery');
  await reviewer.goto('/settings/accounts');
  await reviewer.getByLabel('Channel').selectOption('Portal');
  await reviewer.getByRole('button', { name: 'Get a code' }).click();
  const code = (await reviewer.getByTestId('tie-code').textContent()) ?? '';
  const tie = {
    ...{ type: 'account.tie', version: 1, code },
    actor: { id: 'U-1042', name: 'Avery\u202eyrevA' },
  };
  expect(await sendBack(url, secret, tie)).toEqual({ offered: true });

  const offered = reviewer.getByRole('status').filter({ hasText: 'U-1042' });
  await expect(offered).toContainText('by the channel Portal');
  const { violations } = await new AxeBuilder({ page: reviewer }).analyze();
  expect(violations).toEqual([]);
  const confirm = offered.getByRole('button', { name: 'Tie it to me' });
  await expect(confirm).toBeDisabled();
  await offered.getByLabel('This is my own account').check();
  await confirm.click();
  const list = reviewer.getByRole('list', { name: 'Accounts tied to you' });
  await expect(list).toContainText('U-1042');
  await expect(list).not.toContainText('\u202e');
  await expect(reviewer.getByTestId('tie-code')).toBeHidden();

  await admin.getByRole('button', { name: 'New secret for verdicts' }).click();
  await dialog.getByRole('button', { name: 'Make a new one' }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByText(/^whsec_/)).toHaveCount(1);
  await reviewer.reload();
  await expect(list).toContainText('decides nothing now');
  await list.getByRole('button', { name: 'Untie' }).click();
  await expect(reviewer.getByText('No account is tied to you')).toBeVisible();

  // A code is waited for as long as it ties something.
  await reviewer.route('**/api/channel-accounts/codes', async (route) => {
    const response = await route.fetch();
    const json: unknown = await response.json();
    const expiresAt = new Date(Date.now() - 10_000).toISOString();
    await route.fulfill({ response, json: Object.assign({}, json, { expiresAt }) });
  });
  await reviewer.getByRole('button', { name: 'Get a code' }).click();
  await expect(reviewer.getByText('No account sent the code in time')).toBeVisible();
  await expect(reviewer.getByTestId('tie-code')).toBeHidden();

  await admin.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove it' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Channels' })).toBeVisible();
});

/** As Standard Webhooks says, without its library. */
async function sendBack(url: string, secret: string, payload: object): Promise<unknown> {
  const [id, body] = [`msg_${crypto.randomUUID()}`, JSON.stringify(payload)];
  const at = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${mac}` };
  return (await fetch(url, { method: 'POST', headers, body })).json();
}
