import type { Metadata } from 'next';
import { Account } from '../../../features/settings/account.tsx';

export const metadata: Metadata = { title: 'Account' };

export default function SettingsPage() {
  return <Account />;
}
