'use client';

import Link from 'next/link';
import { usePendingCount } from '../shell/pending-count.tsx';
import type { Opened, Tab } from './use-opened.ts';

const TABS: readonly { readonly tab: Tab; readonly name: string }[] = [
  { tab: 'pending', name: 'Pending' },
  { tab: 'settled', name: 'Settled' },
];

export function InboxTabs({ opened }: { opened: Opened }) {
  const count = usePendingCount();
  return (
    <div className="flex items-end justify-between gap-4 border-b border-line px-4 pt-4">
      <h1 className="pb-2 text-xl font-semibold tracking-tight">Inbox</h1>
      <nav aria-label="Which approvals" className="flex gap-4">
        {TABS.map(({ tab, name }) => (
          <Link
            key={tab}
            href={opened.hrefOf(null, tab)}
            aria-current={opened.tab === tab ? 'true' : undefined}
            className={`-mb-px border-b-2 pb-2 font-medium max-md:min-h-11 max-md:min-w-11 max-md:pt-3 ${opened.tab === tab ? 'border-accent text-ink' : 'border-transparent text-muted hover:text-ink'}`}
          >
            {name}
            {tab === 'pending' && count !== null && count > 0 && (
              <span className="ml-1.5 text-muted">{count}</span>
            )}
          </Link>
        ))}
      </nav>
    </div>
  );
}
