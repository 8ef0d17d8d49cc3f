'use client';

import { grantListSchema, type Grant } from '@holdpoint/contracts';
import { useState } from 'react';
import { plural } from '../../lib/format.ts';
import { useApi } from '../../lib/use-api.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Countdown, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { GrantSentence } from '../inbox/grant-terms.tsx';
import { RevokeGrant } from './revoke-grant.tsx';

const STATE_WORDS: Readonly<Record<Grant['state'], { label: string; tone: Tone }>> = {
  'in-force': { label: 'In force', tone: 'go' },
  'used-up': { label: 'Used up', tone: 'neutral' },
  expired: { label: 'Over', tone: 'neutral' },
  revoked: { label: 'Revoked', tone: 'stop' },
  lapsed: { label: 'Ended by a change', tone: 'neutral' },
};

/** Every grant: who gave it, for whom and what, what is left, and each call that it let through. */
export function GrantsPage() {
  const { data, failure, retry, replace } = useApi('/api/grants', grantListSchema);
  const [revoking, setRevoking] = useState<Grant>();
  const inForce = data?.items.filter(({ state }) => state === 'in-force') ?? [];
  const ended = data?.items.filter(({ state }) => state !== 'in-force') ?? [];
  return (
    <Page
      title="Grants"
      intro="Calls that pass without asking again, for a while: given with an approval by everyone who approved it. A grant never beats a rule that denies."
    >
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {data === undefined ? (
        failure === undefined && <Skeleton label="Loading the grants" />
      ) : (
        <Panel title="In force" flush>
          {inForce.length === 0 ? (
            <EmptyState title="No grant is in force">
              <p>Every call that a rule holds is looked at by a person.</p>
            </EmptyState>
          ) : (
            <ul aria-label="In force">
              {inForce.map((grant) => (
                <Row key={grant.id} grant={grant} onRevoke={() => setRevoking(grant)} />
              ))}
            </ul>
          )}
        </Panel>
      )}
      {ended.length > 0 && (
        <Panel title="Ended lately" flush>
          <ul aria-label="Ended lately">
            {ended.map((grant) => (
              <Row key={grant.id} grant={grant} onRevoke={() => setRevoking(grant)} />
            ))}
          </ul>
        </Panel>
      )}
      {revoking !== undefined && (
        <RevokeGrant
          grant={revoking}
          onRevoked={(list) => {
            replace(list);
            setRevoking(undefined);
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Page>
  );
}

function Row({ grant, onRevoke }: { grant: Grant; onRevoke: () => void }) {
  const words = STATE_WORDS[grant.state];
  return (
    <li
      className="flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0"
      data-testid="grant"
      data-state={grant.state}
    >
      <p className="break-words">
        <GrantSentence who={grant.caller.name} tool={grant.target} terms={grant.terms} />
      </p>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <Badge tone={words.tone}>{words.label}</Badge>
        <span>
          {grant.state === 'in-force'
            ? `${plural(grant.usesLeft, 'use')} left`
            : `used ${grant.terms.uses - grant.usesLeft} of ${plural(grant.terms.uses, 'time')}`}
        </span>
        {grant.state === 'in-force' && <Countdown at={grant.expiresAt} />}
        <span>
          on <VisibleText text={grant.connection.title} />
        </span>
        <span>
          given by <VisibleText text={grant.givenBy.map(({ name }) => name).join(', ')} />,{' '}
          <Utc at={grant.givenAt} />
        </span>
        <TextLink href={`/inbox/${grant.approvalId}`}>The approval</TextLink>
      </p>
      {grant.endReason !== null && (
        <p className="text-sm">
          {grant.endedBy !== null && <VisibleText text={`${grant.endedBy}: `} />}
          <VisibleText text={grant.endReason} />
        </p>
      )}
      {grant.uses.length > 0 && (
        <Disclosure title={`Calls that it let through (${grant.uses.length})`}>
          <ol className="flex flex-col gap-1">
            {grant.uses.map((use) => (
              <li key={use.callId}>
                <TextLink
                  href={`/sessions/${use.sessionId}${use.entryId === null ? '' : `#${use.entryId}`}`}
                >
                  <Utc at={use.at} />
                </TextLink>
              </li>
            ))}
          </ol>
        </Disclosure>
      )}
      {grant.mayRevoke && (
        <Button size="small" look="stop-outline" className="self-start" onClick={onRevoke}>
          Revoke…
        </Button>
      )}
    </li>
  );
}
