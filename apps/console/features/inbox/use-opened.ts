'use client';

import { inboxViewQuery, type InboxView } from '@holdpoint/contracts';
import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback, useMemo } from 'react';

export type Tab = 'pending' | 'settled';

/** The inbox as its address says it: what is listed, and what is open. A link brings all of it back. */
export interface Opened {
  readonly id: string | null;
  readonly tab: Tab;
  /** What is listed, as the address's query; what nobody knows is left out. */
  readonly view: URLSearchParams;
  hrefOf(id: string | null, tab?: Tab): string;
  open(id: string | null, tab?: Tab): void;
  /** Changes one thing about what is listed; `''` takes it away. */
  set(name: keyof InboxView, value: string): void;
  /** Lists something else. */
  show(query: string): void;
}

export function useOpened(): Opened {
  const segment = usePathname().split('/')[2];
  const params = useSearchParams();
  const view = useMemo(() => inboxViewQuery(new URLSearchParams(params)), [params]);
  const tab = tabOf(view);
  const id = segment === undefined || segment === '' ? null : decodeURIComponent(segment);

  const hrefOf = useCallback(
    (to: string | null, inTab: Tab = tab) => hrefTo(to, inTab === tab ? view : tabQuery(inTab)),
    [tab, view],
  );
  // The browser's own history: opening an item must not wait for a server.
  const open = useCallback(
    (to: string | null, inTab?: Tab) => window.history.pushState(null, '', hrefOf(to, inTab)),
    [hrefOf],
  );
  const set = useCallback(
    (name: keyof InboxView, value: string) => {
      const next = new URLSearchParams(view);
      if (value === '') next.delete(name);
      else next.set(name, value);
      window.history.replaceState(null, '', hrefTo(id, inboxViewQuery(next)));
    },
    [view, id],
  );
  const show = useCallback(
    (query: string) => window.history.pushState(null, '', hrefTo(id, new URLSearchParams(query))),
    [id],
  );
  return { id, tab, view, hrefOf, open, set, show };
}

export function tabOf(view: URLSearchParams): Tab {
  return view.get('state') === 'settled' ? 'settled' : 'pending';
}

function tabQuery(tab: Tab): URLSearchParams {
  return new URLSearchParams(tab === 'settled' ? { state: 'settled' } : {});
}

function hrefTo(id: string | null, query: URLSearchParams): string {
  const path = id === null ? '/inbox' : `/inbox/${encodeURIComponent(id)}`;
  return query.size === 0 ? path : `${path}?${query}`;
}
