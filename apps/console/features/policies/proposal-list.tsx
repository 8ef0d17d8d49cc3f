'use client';

import { policyProposalListSchema, type PolicyProposalSummary } from '@holdpoint/contracts';
import Link from 'next/link';
import { useApi } from '../../lib/use-api.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Panel } from '../../ui/page.tsx';
import { ErrorState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const PROPOSALS = '/api/policy/proposals';

export const PROPOSAL_TONES: Readonly<Record<PolicyProposalSummary['state'], Tone>> = {
  open: 'hold',
  published: 'go',
  declined: 'stop',
  withdrawn: 'neutral',
  void: 'neutral',
};

/** Nothing where nothing was ever proposed: most installations publish directly. */
export function ProposalList() {
  const { data, failure, retry } = useApi(PROPOSALS, policyProposalListSchema);
  if (failure !== undefined && data === undefined)
    return (
      <Panel title="Proposals" flush>
        <ErrorState failure={failure} onRetry={retry} />
      </Panel>
    );
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Panel title="Proposals" flush>
      <ul aria-label="Proposals">
        {data.items.slice(0, 20).map((proposal) => (
          <li key={proposal.id} className="border-b border-line last:border-b-0">
            <Link
              href={`/policies/proposals/${proposal.id}`}
              prefetch={false}
              className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5 -outline-offset-2 hover:bg-raised"
            >
              <Badge tone={PROPOSAL_TONES[proposal.state]}>{proposal.state}</Badge>
              <span className="min-w-0 flex-1 break-words">
                <VisibleText text={proposal.note} />
              </span>
              <span className="text-sm text-muted">
                <VisibleText text={proposal.proposedBy} />, <Ago at={proposal.proposedAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
