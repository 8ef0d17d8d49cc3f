'use client';

import { approvalPageSchema } from '@holdpoint/contracts';
import { useRef } from 'react';
import { plural } from '../../lib/format.ts';
import { usePages } from '../../lib/use-api.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { ApprovalView } from './approval-view.tsx';
import { InboxItem } from './inbox-item.tsx';
import { InboxTabs } from './inbox-tabs.tsx';
import { nextPending, type Row } from './stable-list.ts';
import { useListKeys } from './use-list-keys.ts';
import { useOpened, type Opened } from './use-opened.ts';
import { usePending } from './use-pending.ts';

/** List and opened item: side by side where there is room, one after the other on a phone. */
export function Inbox() {
  const opened = useOpened();
  const pending = usePending(opened.id);
  const listRef = useRef<HTMLUListElement>(null);
  const next = nextPending(pending.rows, opened.id);
  const waiting = pending.rows.filter((row) => !row.gone && row.approval.id !== opened.id).length;

  useListKeys(listRef, opened.id);
  useShortcuts({
    Escape: () => {
      if (opened.id !== null) opened.open(null);
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
        <div className="min-h-0 flex-1 md:overflow-y-auto">
          {opened.tab === 'pending' ? (
            <PendingList pending={pending} opened={opened} listRef={listRef} />
          ) : (
            <SettledList opened={opened} listRef={listRef} />
          )}
        </div>
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

interface ListProps {
  opened: Opened;
  listRef: React.RefObject<HTMLUListElement | null>;
}

function PendingList({
  pending,
  opened,
  listRef,
}: ListProps & { pending: ReturnType<typeof usePending> }) {
  const { rows, data, failure, retry } = pending;
  if (data === undefined) {
    return failure === undefined ? (
      <Skeleton label="Loading the inbox" />
    ) : (
      <ErrorState failure={failure} onRetry={retry} />
    );
  }
  return (
    <>
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      <p className="sr-only" role="status">
        {plural(data.pendingCount, 'pending approval')}
      </p>
      {rows.length === 0 ? (
        <EmptyState title="Nothing waits for a verdict">
          <p>Held calls appear here by themselves, the moment an agent makes one.</p>
        </EmptyState>
      ) : (
        <Rows rows={rows} opened={opened} listRef={listRef} />
      )}
      {data.pendingCount > data.items.length && (
        <p className="px-4 py-3 text-sm text-muted">
          The {data.items.length.toLocaleString('en')} shown are not all:{' '}
          {data.pendingCount.toLocaleString('en')} wait.
        </p>
      )}
    </>
  );
}

function SettledList({ opened, listRef }: ListProps) {
  const list = usePages('/api/approvals?state=settled&limit=50', approvalPageSchema);
  if (list.pages === undefined) {
    return list.failure === undefined ? (
      <Skeleton label="Loading settled approvals" />
    ) : (
      <ErrorState failure={list.failure} onRetry={list.retry} />
    );
  }
  const rows = list.pages
    .flatMap((page) => page.items)
    .map((approval) => ({ approval, gone: false }));
  if (rows.length === 0) return <EmptyState title="Nothing has been settled yet" />;
  return (
    <>
      <Rows rows={rows} opened={opened} listRef={listRef} />
      {list.hasMore && (
        <div className="p-4">
          <Button onClick={list.loadMore} disabled={list.loadingMore}>
            {list.loadingMore ? 'Loading…' : 'Load earlier ones'}
          </Button>
        </div>
      )}
    </>
  );
}

function Rows({ rows, opened, listRef }: ListProps & { rows: readonly Row[] }) {
  return (
    <ul
      ref={listRef}
      aria-label={opened.tab === 'pending' ? 'Pending approvals' : 'Settled approvals'}
    >
      {rows.map((row) => (
        <InboxItem
          key={row.approval.id}
          row={row}
          href={opened.hrefOf(row.approval.id)}
          isOpen={row.approval.id === opened.id}
          onOpen={opened.open}
        />
      ))}
    </ul>
  );
}
