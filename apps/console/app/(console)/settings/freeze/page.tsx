import type { Metadata } from 'next';
import { FreezePage } from '../../../../features/freeze/freeze-page.tsx';

export const metadata: Metadata = { title: 'Freeze' };

export default function SettingsFreezePage() {
  return <FreezePage />;
}
