import type { Metadata } from 'next';
import { TellingPage } from '../../../../features/telling/telling-page.tsx';

export const metadata: Metadata = { title: 'How I am told' };

export default function NotificationsPage() {
  return <TellingPage />;
}
