'use client';

import { sessionPageSchema, type SessionSummary } from '@holdpoint/contracts';
import Link from 'next/link';
import { plural } from '../../lib/format.ts';
import { usePages } from '../../lib/use-api.ts';
import { useUrlFilters } from '../../lib/use-url-filters.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { FilterField } from '../../ui/field.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

export function SessionList() {
  const filters = useUrlFilters(['q', 'connection']);
  const query = filters.query.toString();
  const list = usePages(`/api/sessions${query === '' ? '' : `?${query}`}`, sessionPageSchema);
  return (
    <Page
      title="Sessions"
      intro="What each agent did on each connection. Open one to replay it from the stored record."
    >
      <search className="grid gap-3 sm:grid-cols-[2fr_1fr_auto] sm:items-end">
        <FilterField
          label="Search"
          type="search"
          placeholder="Caller, client or session id"
          value={filters.value('q')}
          onValue={(value) => filters.set('q', value)}
        />
        <FilterField
          label="Connection"
          type="search"
          placeholder="Its short name"
          value={filters.value('connection')}
          onValue={(value) => filters.set('connection', value)}
        />
        <Button disabled={!filters.active} onClick={filters.clear}>
          Clear
        </Button>
      </search>
      <Panel flush>
        <List list={list} filtered={filters.active} />
      </Panel>
    </Page>
  );
}

function List({
  list,
  filtered,
}: {
  list: ReturnType<typeof usePages<{ items: SessionSummary[]; next: string | null }>>;
  filtered: boolean;
}) {
  if (list.pages === undefined) {
    return list.failure === undefined ? (
      <Skeleton label="Loading sessions" />
    ) : (
      <ErrorState failure={list.failure} onRetry={list.retry} />
    );
  }
  const sessions = list.pages.flatMap((page) => page.items);
  return (
    <>
      {list.failure !== undefined && <ErrorState failure={list.failure} onRetry={list.retry} />}
      {sessions.length === 0 ? (
        <EmptyState title={filtered ? 'No session matches' : 'No agent has connected yet'}>
          <p>
            {filtered
              ? 'Change or clear the filters.'
              : 'A session appears here with an agent’s first call.'}
          </p>
        </EmptyState>
      ) : (
        <ul aria-label="Sessions">
          {sessions.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
      {list.hasMore && (
        <div className="border-t border-line p-3">
          <Button onClick={list.loadMore} disabled={list.loadingMore}>
            {list.loadingMore ? 'Loading…' : 'Load earlier ones'}
          </Button>
        </div>
      )}
    </>
  );
}

function SessionRow({ session }: { session: SessionSummary }) {
  const { counts } = session;
  return (
    <li className="row-lazy border-b border-line last:border-b-0">
      <Link
        href={`/sessions/${encodeURIComponent(session.id)}`}
        prefetch={false}
        className="grid gap-x-6 gap-y-1 px-4 py-3 -outline-offset-2 hover:bg-raised sm:grid-cols-[minmax(0,1fr)_auto]"
      >
        <span className="min-w-0">
          <strong className="font-semibold">
            <VisibleText text={session.caller.displayName} />
          </strong>{' '}
          on{' '}
          <strong className="font-semibold">
            <VisibleText text={session.connection.title} />
          </strong>
          <span className="block truncate text-sm text-muted">
            <VisibleText
              text={`${session.client.name ?? 'unnamed client'} ${session.client.version ?? ''}`.trim()}
            />{' '}
            · {session.protocolVersion ?? session.era}
          </span>
        </span>
        <span className="flex flex-wrap items-center gap-2 text-sm text-muted sm:justify-end">
          <span>{plural(counts.calls, 'call')}</span>
          {counts.held > 0 && <Badge tone="hold">{counts.held} held</Badge>}
          {counts.denied > 0 && <Badge tone="stop">{counts.denied} denied</Badge>}
          {counts.masked > 0 && <Badge tone="accent">{counts.masked} masked</Badge>}
          <span className="min-w-24 sm:text-right">
            {session.endedAt === null ? <Ago at={session.lastSeenAt} /> : 'ended'}
          </span>
        </span>
      </Link>
    </li>
  );
}
