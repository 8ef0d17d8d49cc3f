import type { Metadata } from 'next';
import { Inbox } from '../../../../features/inbox/inbox.tsx';

export const metadata: Metadata = { title: 'Inbox' };

// One route for the list and for each item: opening one then needs no round trip.
export default function InboxPage() {
  return <Inbox />;
}
