import type { Metadata } from 'next';
import { ProposalView } from '../../../../../features/policies/proposal-view.tsx';

export const metadata: Metadata = { title: 'Proposed policy' };

export default async function PolicyProposalPage({ params }: { params: Promise<{ id: string }> }) {
  return <ProposalView id={(await params).id} />;
}
