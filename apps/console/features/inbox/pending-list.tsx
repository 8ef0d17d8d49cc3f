'use client';

import { useCallback } from 'react';
import { plural } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { linesOf } from './arrangement.ts';
import { ItemList } from './item-list.tsx';
import type { Inbox } from './use-inbox.ts';
import type { Opened } from './use-opened.ts';
import type { Selection } from './use-selection.ts';

interface Props {
  inbox: Inbox;
  opened: Opened;
  selection: Selection;
}

/** What waits, as far as the filters leave it. */
export function PendingList({ inbox, opened, selection }: Props) {
  const { sync, arrangement, rows, failure, capped, snoozedCount } = inbox;
  const see = useCallback((ids: readonly string[]) => sync.see(ids), [sync]);
  const toggle = useCallback((lead: string) => sync.toggle(lead), [sync]);
  if (arrangement === undefined) {
    return failure === undefined ? (
      <Skeleton label="Loading the inbox" />
    ) : (
      <ErrorState failure={failure} onRetry={() => sync.refresh()} />
    );
  }
  const lines = linesOf(arrangement);
  const isFiltered = [...opened.view.keys()].some((name) => name !== 'state' && name !== 'alike');
  return (
    <>
      {failure !== undefined && <ErrorState failure={failure} onRetry={() => sync.refresh()} />}
      {lines.length === 0 &&
        (opened.view.get('snoozed') === 'only' ? (
          <EmptyState title="You snoozed nothing" />
        ) : isFiltered ? (
          <EmptyState title="Nothing matches">
            <Button onClick={() => opened.show('')}>Clear the filters</Button>
          </EmptyState>
        ) : (
          <EmptyState title="Nothing waits for a verdict">
            <p>Held calls appear here by themselves, the moment an agent makes one.</p>
          </EmptyState>
        ))}
      {lines.length > 0 && (
        <ItemList
          name="Pending approvals"
          lines={lines}
          rows={rows}
          opened={opened}
          selection={selection}
          onSee={see}
          onToggle={toggle}
        />
      )}
      {capped && (
        <p className="px-4 py-3 text-sm text-muted">
          Only the oldest 10,000 are listed. Filter to see others.
        </p>
      )}
      {snoozedCount > 0 && (
        <p className="flex flex-wrap items-center gap-2 px-4 py-3 text-sm text-muted">
          {plural(snoozedCount, 'call')} snoozed by you.
          <Button size="small" onClick={() => opened.set('snoozed', 'only')}>
            Show
          </Button>
        </p>
      )}
    </>
  );
}
