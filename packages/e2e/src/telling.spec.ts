import { notificationPreferenceStateSchema } from '@holdpoint/contracts';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './world/fixtures.ts';

// Whoever is asked about nothing here: what they choose holds back no other test's messages.
test('quiet hours and a digest are chosen by keyboard on a phone, read in plain words, and kept', async ({
  world,
  openAs,
}) => {
  const morgan = await world.person('morgan');
  const phone = await openAs('morgan', { phone: true });
  await phone.emulateMedia({ colorScheme: 'dark' });
  await phone.goto('/settings/notifications');
  const preview = phone.getByRole('list', { name: 'What will happen' });
  await expect(preview).toContainText('would be told at once');
  await phone.getByLabel('Time zone').fill('Europe/Berlin');
  await phone.getByLabel('Tell me nothing at certain hours').press('Space');
  for (const name of ['From', 'To']) await phone.getByLabel(name, { exact: true }).fill('00:00');
  await phone.getByRole('button', { name: 'Save' }).press('Enter');
  await expect(phone.getByText('leave no time').first()).toBeVisible();
  await phone.getByLabel('From', { exact: true }).fill('22:00');
  await phone.getByLabel('To', { exact: true }).fill('08:30');
  await phone.getByLabel('How often').selectOption('Once a day what waits');
  await phone.getByLabel('At', { exact: true }).fill('09:15');
  await expect(preview).toContainText('at 09:15, in one message with what else waits');
  await phone.getByRole('button', { name: 'Save' }).press('Enter');
  await expect(phone.getByText('Saved. It counts from now on.')).toBeVisible();
  await expect(phone.getByRole('button', { name: 'Save', exact: true })).toBeEnabled();
  const { violations } = await new AxeBuilder({ page: phone }).analyze();
  expect(violations).toEqual([]);
  const width: unknown = await phone.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);

  await phone.reload();
  await expect(phone.getByLabel('At', { exact: true })).toHaveValue('09:15');
  const kept = await morgan.get('/api/notification-preference', notificationPreferenceStateSchema);
  expect(kept.preference).toMatchObject({
    quiet: { from: '22:00', to: '08:30' },
    digest: { kind: 'daily', at: '09:15' },
  });
  const anew = { timeZone: 'UTC' };
  expect((await morgan.write('PUT', '/api/notification-preference', anew)).status).toBe(200);
});
