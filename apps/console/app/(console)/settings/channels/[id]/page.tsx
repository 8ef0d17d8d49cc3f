import type { Metadata } from 'next';
import { ChannelPage } from '../../../../../features/channels/channel-page.tsx';

export const metadata: Metadata = { title: 'Channel' };

export default async function OneChannelPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ChannelPage id={decodeURIComponent(id)} />;
}
