import type { Metadata } from 'next';
import { AskedPage } from '../../../../features/asked/asked-page.tsx';

export const metadata: Metadata = { title: 'A question to you' };

export default async function Asked({ params }: { params: Promise<{ id: string }> }) {
  return <AskedPage id={(await params).id} />;
}
