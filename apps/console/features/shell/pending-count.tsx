'use client';

import { inboxCountSchema } from '@holdpoint/contracts';
import { usePathname } from 'next/navigation';
import { createContext, useContext, useEffect } from 'react';
import { useApi } from '../../lib/use-api.ts';

const PendingCount = createContext<number | null>(null);

export function usePendingCount(): number | null {
  return useContext(PendingCount);
}

export function PendingCountProvider({ children }: { children: React.ReactNode }) {
  const { data } = useApi('/api/approvals/count', inboxCountSchema);
  const count = data?.pendingCount ?? null;
  useTitleBadge(count);
  return <PendingCount value={count}>{children}</PendingCount>;
}

/** `(3) Inbox · Holdpoint`: put back whenever a page sets its own title. */
function useTitleBadge(count: number | null): void {
  const pathname = usePathname();
  useEffect(() => {
    const apply = () => {
      const bare = document.title.replace(/^\(\d+\) /, '');
      const wanted = count !== null && count > 0 ? `(${count}) ${bare}` : bare;
      if (document.title !== wanted) document.title = wanted;
    };
    apply();
    const observer = new MutationObserver(apply);
    observer.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [count, pathname]);
}
