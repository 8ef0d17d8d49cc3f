import type { Metadata } from 'next';
import { ConnectorsPage } from '../../../features/connectors/connectors-page.tsx';

export const metadata: Metadata = { title: 'Connectors' };

export default function Connectors() {
  return <ConnectorsPage />;
}
