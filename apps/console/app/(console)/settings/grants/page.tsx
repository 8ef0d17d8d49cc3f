import type { Metadata } from 'next';
import { GrantsPage } from '../../../../features/grants/grants-page.tsx';

export const metadata: Metadata = { title: 'Grants' };

export default function SettingsGrantsPage() {
  return <GrantsPage />;
}
