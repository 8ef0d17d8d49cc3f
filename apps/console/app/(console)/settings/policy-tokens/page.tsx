import type { Metadata } from 'next';
import { PolicyTokens } from '../../../../features/settings/policy-tokens.tsx';

export const metadata: Metadata = { title: 'Policy tokens' };

export default function PolicyTokensPage() {
  return <PolicyTokens />;
}
