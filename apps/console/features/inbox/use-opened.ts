'use client';

import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

export type Tab = 'pending' | 'settled';

export interface Opened {
  readonly id: string | null;
  readonly tab: Tab;
  hrefOf(id: string | null, tab?: Tab): string;
  open(id: string | null, tab?: Tab): void;
}

/** Which item and which tab are open: the address alone says it, so that a link brings back both. */
export function useOpened(): Opened {
  const segment = usePathname().split('/')[2];
  const tab: Tab = useSearchParams().get('state') === 'settled' ? 'settled' : 'pending';

  const hrefOf = useCallback(
    (id: string | null, inTab: Tab = tab) =>
      `/inbox${id === null ? '' : `/${encodeURIComponent(id)}`}${inTab === 'settled' ? '?state=settled' : ''}`,
    [tab],
  );
  // The browser's own history: opening an item must not wait for a server.
  const open = useCallback(
    (id: string | null, inTab?: Tab) => window.history.pushState(null, '', hrefOf(id, inTab)),
    [hrefOf],
  );
  return {
    id: segment === undefined || segment === '' ? null : decodeURIComponent(segment),
    tab,
    hrefOf,
    open,
  };
}
