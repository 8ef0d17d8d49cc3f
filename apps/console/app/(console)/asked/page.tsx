import type { Metadata } from 'next';
import { AskedList } from '../../../features/asked/asked-list.tsx';

export const metadata: Metadata = { title: 'Asked of you' };

export default function Asked() {
  return <AskedList />;
}
