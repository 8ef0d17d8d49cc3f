import type { Metadata } from 'next';
import { PolicyVersionView } from '../../../../../features/policies/policy-version-view.tsx';

export const metadata: Metadata = { title: 'Policy version' };

export default async function PolicyVersionPage({
  params,
}: {
  params: Promise<{ number: string }>;
}) {
  return <PolicyVersionView number={(await params).number} />;
}
