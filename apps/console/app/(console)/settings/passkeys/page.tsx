import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PasskeysPage } from '../../../../features/passkeys/passkeys-page.tsx';

export const metadata: Metadata = { title: 'Passkeys' };

export default function SettingsPasskeysPage() {
  return (
    <Suspense>
      <PasskeysPage />
    </Suspense>
  );
}
