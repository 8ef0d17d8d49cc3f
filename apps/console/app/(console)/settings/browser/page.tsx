import type { Metadata } from 'next';
import { BrowserPage } from '../../../../features/push/browser-page.tsx';

export const metadata: Metadata = { title: 'This browser' };

export default function ThisBrowserPage() {
  return <BrowserPage />;
}
