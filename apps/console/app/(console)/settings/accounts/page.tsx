import type { Metadata } from 'next';
import { AccountsElsewhere } from '../../../../features/accounts/accounts-elsewhere.tsx';

export const metadata: Metadata = { title: 'Accounts elsewhere' };

export default function AccountsPage() {
  return <AccountsElsewhere />;
}
