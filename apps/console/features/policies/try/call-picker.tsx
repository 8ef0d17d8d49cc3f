'use client';

import { recordedCallPageSchema, type RecordedCall } from '@holdpoint/contracts';
import { useState } from 'react';
import { usePages } from '../../../lib/use-api.ts';
import { Badge } from '../../../ui/badge.tsx';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { FilterField } from '../../../ui/field.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx';
import { Ago } from '../../../ui/time.tsx';
import { CallSentence } from '../simulation/recorded-call-link.tsx';
import { EFFECT_TONES } from '../simulation/simulation-outcome.tsx';

interface Props {
  onPick: (call: RecordedCall) => void;
  onClose: () => void;
}

/** Recorded calls to choose from, newest first. */
export function CallPicker({ onPick, onClose }: Props) {
  const [q, setQ] = useState('');
  const query = q === '' ? '' : `?q=${encodeURIComponent(q)}`;
  const { pages, failure, retry, hasMore, loadMore, loadingMore } = usePages(
    `/api/policy/calls${query}`,
    recordedCallPageSchema,
  );
  const calls = pages?.flatMap(({ items }) => items);
  return (
    <Dialog wide title="Pick a recorded call" onClose={onClose}>
      <div className="flex flex-col gap-3">
        <FilterField
          label="Search"
          placeholder="Caller, client, connection, tool or method"
          value={q}
          onValue={setQ}
        />
        {calls === undefined ? (
          failure === undefined ? (
            <Skeleton label="Loading calls" />
          ) : (
            <ErrorState failure={failure} onRetry={retry} />
          )
        ) : calls.length === 0 ? (
          <EmptyState title={q === '' ? 'Nothing was recorded yet' : 'No such call'}>
            {q !== '' && <p>The newest 20,000 calls were searched.</p>}
          </EmptyState>
        ) : (
          <ul aria-label="Recorded calls" className="overflow-hidden rounded-md border border-line">
            {calls.map((call) => (
              <li key={call.entryId} className="border-b border-line last:border-b-0">
                <button
                  type="button"
                  className="flex w-full flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-2 text-left -outline-offset-2 hover:bg-raised"
                  onClick={() => onPick(call)}
                >
                  <span className="min-w-0 flex-1 basis-56 break-words">
                    <CallSentence call={call} />
                  </span>
                  <Badge tone={EFFECT_TONES[call.effect]}>{call.effect}</Badge>
                  <span className="text-sm text-muted">
                    <Ago at={call.at} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {hasMore && (
          <Button disabled={loadingMore} onClick={loadMore}>
            {loadingMore ? 'Loading…' : 'Earlier calls'}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
