import type { Metadata } from 'next';
import { NewConnection } from '../../../../features/connections/new-connection.tsx';

export const metadata: Metadata = { title: 'Register a connection' };

export default function NewConnectionPage() {
  return <NewConnection />;
}
