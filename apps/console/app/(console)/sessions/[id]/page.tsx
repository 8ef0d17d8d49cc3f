import type { Metadata } from 'next';
import { SessionReplayView } from '../../../../features/sessions/session-replay.tsx';

export const metadata: Metadata = { title: 'Replay' };

export default async function SessionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <SessionReplayView id={decodeURIComponent(id)} />;
}
