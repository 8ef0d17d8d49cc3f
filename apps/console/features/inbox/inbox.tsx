'use client';

import { useCallback } from 'react';
import { plural } from '../../lib/format.ts';
import { useMe } from '../../lib/use-api.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { EmptyState } from '../../ui/states.tsx';
import { usePendingCount } from '../shell/pending-count.tsx';
import { ApprovalView } from './approval-view.tsx';
import { idsOf, membersOf, nextPending } from './arrangement.ts';
import { InboxFilters } from './inbox-filters.tsx';
import { InboxTabs } from './inbox-tabs.tsx';
import { InboxViews } from './inbox-views.tsx';
import { PendingList } from './pending-list.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { SettledList } from './settled-list.tsx';
import { useInbox } from './use-inbox.ts';
import { useOpened } from './use-opened.ts';
import { useSelection } from './use-selection.ts';

const NOTHING = new URLSearchParams();

/** List and opened item: side by side where there is room, one after the other on a phone. */
export function Inbox() {
  const opened = useOpened();
  const { data: me } = useMe();
  const pendingCount = usePendingCount();
  const isPending = opened.tab === 'pending';
  const inbox = useInbox(isPending ? opened.view : NOTHING, opened.id);
  const { arrangement } = inbox;
  const selection = useSelection(
    useCallback(
      (group: string) => (arrangement === undefined ? [] : membersOf(arrangement, group)),
      [arrangement],
    ),
  );
  const next = arrangement === undefined ? null : nextPending(arrangement, opened.id);
  const waiting =
    arrangement === undefined
      ? 0
      : idsOf(arrangement).filter((id) => !arrangement.gone.has(id) && id !== opened.id).length;

  useShortcuts({
    Escape: () => {
      if (selection.ids.length > 0) selection.clear();
      else if (opened.id !== null) opened.open(null);
    },
    n: () => {
      if (next !== null) opened.open(next, 'pending');
    },
  });

  return (
    <div className="flex md:h-full">
      <div
        className={`min-w-0 flex-1 flex-col border-line bg-surface md:flex md:w-88 md:flex-none md:border-r lg:w-104 ${opened.id === null ? 'flex' : 'hidden'}`}
      >
        <InboxTabs opened={opened} />
        <InboxViews opened={opened} />
        <InboxFilters opened={opened} />
        <p className="sr-only" role="status">
          {pendingCount !== null && plural(pendingCount, 'pending approval')}
        </p>
        <div className="min-h-0 flex-1 md:overflow-y-auto" data-testid="inbox-scroll">
          {isPending ? (
            <PendingList inbox={inbox} opened={opened} selection={selection} />
          ) : (
            <SettledList opened={opened} />
          )}
        </div>
        {isPending && (
          <SelectionBar selection={selection} mayDecide={me?.roles.includes('reviewer') ?? false} />
        )}
      </div>
      <div
        className={`min-w-0 flex-1 md:block md:overflow-y-auto ${opened.id === null ? 'hidden' : ''}`}
      >
        {opened.id === null ? (
          <EmptyState title="Nothing opened">
            <p>
              Open an item to see exactly what would run. Press <kbd className="font-mono">?</kbd>{' '}
              for the keys.
            </p>
          </EmptyState>
        ) : (
          <ApprovalView
            key={opened.id}
            id={opened.id}
            waiting={waiting}
            onNext={next === null ? null : () => opened.open(next, 'pending')}
            onClose={() => opened.open(null)}
          />
        )}
      </div>
    </div>
  );
}
