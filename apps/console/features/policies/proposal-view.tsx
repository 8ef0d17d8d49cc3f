'use client';

import {
  policyProposalSchema,
  policyVersionSchema,
  visibleString,
  type PolicyProposal,
} from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { formatUtc } from '../../lib/format.ts';
import { useApi } from '../../lib/use-api.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { TextField } from '../../ui/field.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChangesView } from './changes-view.tsx';
import { PROPOSAL_TONES } from './proposal-list.tsx';

/** What somebody wants in force, for another admin to look at. */
export function ProposalView({ id }: { id: string }) {
  const path = `/api/policy/proposals/${encodeURIComponent(id)}`;
  const { data, failure, retry, replace } = useApi(path, policyProposalSchema);
  const base = useApi(
    data === undefined ? null : `/api/policy/versions/${data.base}`,
    policyVersionSchema,
  ).data;
  if (data === undefined)
    return (
      <Page title="Proposed policy">
        {failure === undefined ? (
          <Skeleton label="Loading the proposal" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </Page>
    );
  return (
    <Page
      title="Proposed policy"
      intro={
        <>
          Proposed by <VisibleText text={data.proposedBy} />, {formatUtc(data.proposedAt)}, on top
          of version {data.base}. Saved last by <VisibleText text={data.savedBy} />.
        </>
      }
      action={<ButtonLink href="/policies">All policies</ButtonLink>}
    >
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={PROPOSAL_TONES[data.state]}>{data.state}</Badge>
        {data.rolledBackTo !== null && <Badge>version {data.rolledBackTo} again</Badge>}
        {data.origin === 'pipeline' && <Badge>from a pipeline</Badge>}
        <span className="min-w-0 break-words">
          <VisibleText text={data.note} />
        </span>
      </p>
      {data.state !== 'open' && <Settled proposal={data} />}
      {data.state === 'open' && <Verdict proposal={data} path={path} onSettled={replace} />}
      <Panel title={`Against version ${data.base}`}>
        <div className="flex min-w-0 flex-col gap-3">
          <ChangesView changes={data.changes} />
          {base !== undefined && <DiffView before={base.source} after={data.source} />}
        </div>
      </Panel>
      {(data.cases !== '' || (base?.cases ?? '') !== '') && (
        <Panel title="Test cases">
          {base === undefined ? (
            <RawText text={data.cases} />
          ) : (
            <DiffView before={base.cases} after={data.cases} />
          )}
        </Panel>
      )}
    </Page>
  );
}

function Settled({ proposal }: { proposal: PolicyProposal }) {
  const { state, settledBy, settledAt, reason, number, draftId } = proposal;
  const word = state === 'declined' ? 'sent back' : state === 'void' ? 'no longer valid' : state;
  return (
    <Notice
      title={`It was ${word}${settledBy === null ? '' : ` by ${visibleString(settledBy)}`}${settledAt === null ? '' : `, ${formatUtc(settledAt)}`}.`}
    >
      {reason !== null && (
        <p>
          <VisibleText text={reason} />
        </p>
      )}
      <div className="mt-2 flex gap-2">
        {number !== null && (
          <ButtonLink size="small" href={`/policies/versions/${number}`}>
            Version {number}
          </ButtonLink>
        )}
        {state !== 'published' && draftId !== null && (
          <ButtonLink size="small" href={`/policies/edit?draft=${draftId}`}>
            To the draft
          </ButtonLink>
        )}
      </div>
    </Notice>
  );
}

function Verdict({
  proposal,
  path,
  onSettled,
}: {
  proposal: PolicyProposal;
  path: string;
  onSettled: (proposal: PolicyProposal) => void;
}) {
  const router = useRouter();
  const { mutate } = useSWRConfig();
  const [declining, setDeclining] = useState(false);
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  // What is decided about is what is shown: a newer text has another digest.
  const { digest } = proposal;

  const act = async (work: () => Promise<void>) => {
    setSending(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(toFailure(error));
    }
    setSending(false);
    void mutate((key) => typeof key === 'string' && key.startsWith('/api/policy'));
  };
  const publish = () =>
    act(async () => {
      await send('POST', `${path}/publish`, { digest }, policyVersionSchema);
      router.push('/policies');
    });
  const settle = (how: 'decline' | 'withdraw', more: object) =>
    act(async () =>
      onSettled(await send('POST', `${path}/${how}`, { digest, ...more }, policyProposalSchema)),
    );

  return (
    <Panel title="Your verdict">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void settle('decline', { reason });
        }}
      >
        {proposal.barred !== null && <p>{proposal.barred}</p>}
        <div className="flex flex-wrap gap-2">
          {proposal.barred === null && (
            <Button look="primary" disabled={sending} onClick={() => void publish()}>
              Publish
            </Button>
          )}
          {proposal.mine && (
            <Button disabled={sending} onClick={() => void settle('withdraw', {})}>
              Take it back
            </Button>
          )}
          {!declining && !proposal.mine && (
            <Button disabled={sending} onClick={() => setDeclining(true)}>
              Send it back…
            </Button>
          )}
        </div>
        {declining && (
          <>
            <TextField
              label="Why"
              hint="Whoever proposed it reads this."
              error={failure?.fields['reason']}
              value={reason}
              maxLength={500}
              onValue={setReason}
            />
            <div>
              <Button type="submit" look="stop-outline" disabled={sending || reason.trim() === ''}>
                Send it back
              </Button>
            </div>
          </>
        )}
        <FailureNote failure={failure} />
      </form>
    </Panel>
  );
}
