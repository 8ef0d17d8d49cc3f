'use client';

import { INBOX_ROWS_AT_ONCE, inboxIndexSchema, inboxRowsSchema } from '@holdpoint/contracts';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { get } from '../../lib/api.ts';
import { useApprovalHints } from '../../lib/live.tsx';
import { InboxSync, type InboxState } from './inbox-sync.ts';

/** What a lost hint costs at most, and how soon a failure is tried again. */
const POLL_MS = 30_000;
const RETRY_MS = 5000;

export interface Inbox extends InboxState {
  readonly sync: InboxSync;
}

/** The pending approvals that the address lists, in an order that holds still. */
export function useInbox(view: URLSearchParams, openedId: string | null): Inbox {
  const alike = view.get('alike');
  const filters = apiFilters(view);
  const sync = useMemo(() => {
    const query = new URLSearchParams(filters);
    const path = (name: string, more: Record<string, string> = {}) =>
      `/api/approvals/${name}?${new URLSearchParams([...query, ...Object.entries(more)])}`;
    return new InboxSync(
      {
        index: () => get(path('index'), inboxIndexSchema),
        rows: (ids) => get(path('rows', { ids: ids.join(',') }), inboxRowsSchema),
      },
      alike === 'grouped' || alike === 'apart' ? alike : null,
      INBOX_ROWS_AT_ONCE,
    );
  }, [filters, alike]);
  const state = useSyncExternalStore(sync.subscribe, sync.snapshot, sync.snapshot);

  useEffect(() => {
    sync.refresh();
    const poll = setInterval(() => sync.refresh(), POLL_MS);
    return () => clearInterval(poll);
  }, [sync]);
  const hasFailed = state.failure !== undefined;
  useEffect(() => {
    if (!hasFailed) return;
    const retry = setInterval(() => sync.refresh(), RETRY_MS);
    return () => clearInterval(retry);
  }, [sync, hasFailed]);
  // What was snoozed comes back by itself.
  useEffect(() => {
    if (state.nextWakeAt === null) return;
    const inMs = Math.max(0, Date.parse(state.nextWakeAt) - Date.now()) + 500;
    const wake = setTimeout(() => sync.refresh(), Math.min(inMs, POLL_MS));
    return () => clearTimeout(wake);
  }, [sync, state.nextWakeAt]);

  const hear = useMemo(() => (ids: readonly string[] | null) => sync.hear(ids), [sync]);
  useApprovalHints(hear);

  const before = useRef(openedId);
  useEffect(() => {
    if (before.current !== openedId) sync.moveOn(openedId);
    before.current = openedId;
  }, [sync, openedId]);
  return { ...state, sync };
}

/** Of the address what the gateway filters by. */
export function apiFilters(view: URLSearchParams): string {
  const query = new URLSearchParams(view);
  query.delete('state');
  query.delete('alike');
  return query.toString();
}
