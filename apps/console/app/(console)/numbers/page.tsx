import type { Metadata } from 'next';
import { NumbersPage } from '../../../features/numbers/numbers-page.tsx';

export const metadata: Metadata = { title: 'Numbers' };

export default function Numbers() {
  return <NumbersPage />;
}
