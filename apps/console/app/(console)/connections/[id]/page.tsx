import type { Metadata } from 'next';
import { ConnectionPage } from '../../../../features/connections/connection-page.tsx';

export const metadata: Metadata = { title: 'Connection' };

export default async function OneConnectionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ConnectionPage id={decodeURIComponent(id)} />;
}
