'use client';

import { approvalPageSchema } from '@holdpoint/contracts';
import { useMemo } from 'react';
import { usePages } from '../../lib/use-api.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { ItemList } from './item-list.tsx';
import { apiFilters } from './use-inbox.ts';
import type { Opened } from './use-opened.ts';

/** What was decided or ended, newest first. */
export function SettledList({ opened }: { opened: Opened }) {
  const filters = apiFilters(opened.view);
  const list = usePages(`/api/approvals?state=settled&limit=50&${filters}`, approvalPageSchema);
  const rows = useMemo(
    () =>
      new Map(
        (list.pages ?? []).flatMap(({ items }) => items.map((approval) => [approval.id, approval])),
      ),
    [list.pages],
  );
  if (list.pages === undefined) {
    return list.failure === undefined ? (
      <Skeleton label="Loading settled approvals" />
    ) : (
      <ErrorState failure={list.failure} onRetry={list.retry} />
    );
  }
  const lines = [...rows.keys()].map((id) => ({
    id,
    group: id,
    gone: false,
    alike: 0,
    unfolded: false,
    isMember: false,
  }));
  return (
    <>
      {list.failure !== undefined && <ErrorState failure={list.failure} onRetry={list.retry} />}
      {lines.length === 0 &&
        (list.hasMore ? (
          <EmptyState title="Nothing matches so far" />
        ) : filters === '' ? (
          <EmptyState title="Nothing has been settled yet" />
        ) : (
          <EmptyState title="Nothing matches">
            <Button onClick={() => opened.show('state=settled')}>Clear the filters</Button>
          </EmptyState>
        ))}
      {lines.length > 0 && (
        <ItemList
          name="Settled approvals"
          lines={lines}
          rows={rows}
          opened={opened}
          selection={null}
        />
      )}
      {list.hasMore && (
        <div className="p-4">
          <Button onClick={list.loadMore} disabled={list.loadingMore}>
            {list.loadingMore
              ? 'Loading…'
              : filters === ''
                ? 'Load earlier ones'
                : 'Look further back'}
          </Button>
        </div>
      )}
    </>
  );
}
