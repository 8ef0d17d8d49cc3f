import type { Metadata } from 'next';
import { PolicyOverview } from '../../../features/policies/policy-overview.tsx';

export const metadata: Metadata = { title: 'Policies' };

export default function PoliciesPage() {
  return <PolicyOverview />;
}
