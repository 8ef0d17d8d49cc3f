import type { Metadata } from 'next';
import { PlainPage } from '../features/shell/plain-page.tsx';
import { ButtonLink } from '../ui/button.tsx';

export const metadata: Metadata = { title: 'No such page' };

export default function NotFound() {
  return (
    <PlainPage title="There is no such page">
      <p>The address may be mistyped, or what it showed is gone.</p>
      <ButtonLink href="/inbox" look="primary">
        To the inbox
      </ButtonLink>
    </PlainPage>
  );
}
