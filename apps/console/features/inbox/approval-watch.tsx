'use client';

import type { ApprovalDetail, ApprovalWatch as Watch, WatchInput } from '@holdpoint/contracts';
import { useState } from 'react';
import { toFailure, type ApiFailure } from '../../lib/api.ts';
import { useLive } from '../../lib/live.tsx';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { sayWatch, useOpenPage } from './watch.ts';

/** Who else has this before them, and a way to tell them. It keeps nobody from deciding. */
export function ApprovalWatch({
  approval,
  onChanged,
}: {
  approval: ApprovalDetail;
  onChanged: () => void;
}) {
  const { id, watch, mayWatch } = approval;
  const { claim } = watch;
  const [taking, setTaking] = useState(false);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const { lost } = useLive();
  useOpenPage(approval, onChanged);

  const say = async (input: WatchInput) => {
    setSending(true);
    setFailure(undefined);
    try {
      await sayWatch(id, input);
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      onChanged();
      setTaking(false);
      setSending(false);
    }
  };
  const look = () => {
    if (claim === null) void say({ claim: true });
    else if (!claim.isYou) setTaking(true);
  };
  const busy = sending || lost;
  useShortcuts({
    l: () => {
      if (mayWatch && !busy) look();
    },
  });
  const isSaid = claim !== null || watch.open.some(({ isYou }) => !isYou);
  if (!mayWatch && claim === null && watch.open.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-y-1 text-sm" data-testid="watch">
      <p className={isSaid ? 'mr-3' : ''}>
        <Who watch={watch} />
      </p>
      {mayWatch && (
        <Button
          size="small"
          look={claim?.isYou === true ? 'quiet' : 'plain'}
          disabled={busy}
          data-testid="look"
          title={claim?.isYou === true ? undefined : 'Key: l'}
          onClick={() => (claim?.isYou === true ? void say({ claim: false }) : look())}
        >
          {claim === null ? (
            'I’m looking at this'
          ) : claim.isYou ? (
            'No longer'
          ) : (
            <span>
              Take over from <VisibleText text={claim.person.name} />…
            </span>
          )}
        </Button>
      )}
      <FailureNote failure={failure} />
      {taking && claim !== null && (
        <Dialog title="Take over?" onClose={() => setTaking(false)}>
          <div className="flex flex-col gap-4">
            <p>
              <VisibleText text={claim.person.name} /> is told on their page that you look at this
              now. Either of you can still decide.
            </p>
            <div className="flex flex-wrap gap-2">
              <Button
                look="primary"
                disabled={busy}
                data-focus-first
                data-testid="take-over"
                onClick={() => void say({ claim: true, takeFrom: claim.person.key })}
              >
                Take over
              </Button>
              <Button onClick={() => setTaking(false)}>Cancel</Button>
            </div>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function Who({ watch: { claim, open } }: { watch: Watch }) {
  const others = open.filter(({ isYou }) => !isYou).map(({ person }) => person.name);
  return (
    <>
      {/* Announced without the time beside it, which changes every second. */}
      <span role="status">{claim !== null && <Claim claim={claim} />}</span>
      {claim !== null && (
        <span className="text-muted">
          {' '}
          (<Ago at={claim.since} />)
        </span>
      )}
      {others.length > 0 && (
        <span className="text-muted">
          {' '}
          {claim === null ? 'Open' : 'Also open'} by <VisibleText text={others.join(', ')} />.
        </span>
      )}
    </>
  );
}

function Claim({ claim }: { claim: NonNullable<Watch['claim']> }) {
  const { takenFrom, isYou } = claim;
  const who = (
    <strong className="font-semibold">
      <VisibleText text={isYou ? 'You' : claim.person.name} />
    </strong>
  );
  if (takenFrom === null) {
    return (
      <>
        {who} {isYou ? 'are' : 'is'} looking at this
      </>
    );
  }
  return (
    <>
      {who} took this over from <VisibleText text={takenFrom.isYou ? 'you' : takenFrom.name} />
    </>
  );
}

/** The same for a row of the list. */
export function WatchedBy({ watch: { claim, open } }: { watch: Watch }) {
  const [other] = open.filter(({ isYou }) => !isYou);
  if (claim !== null) {
    return (
      <span className="font-medium text-ink" data-testid="watched-by">
        {claim.isYou ? (
          'you’re looking'
        ) : (
          <>
            <VisibleText text={claim.person.name} /> is looking
          </>
        )}
      </span>
    );
  }
  if (other === undefined) return null;
  return (
    <span data-testid="watched-by">
      open by <VisibleText text={other.person.name} />
    </span>
  );
}
