'use client';

import Link from 'next/link';

export type ConnectionTab = 'settings' | 'catalogue';

/** The pages of one connection. */
export function ConnectionTabs({
  id,
  open,
  quarantined,
}: {
  id: string;
  open: ConnectionTab;
  quarantined: number;
}) {
  const path = `/connections/${encodeURIComponent(id)}`;
  const tabs = [
    { tab: 'settings', name: 'Settings', href: path },
    { tab: 'catalogue', name: 'Catalogue', href: `${path}/catalogue` },
  ] as const;
  return (
    <nav aria-label="Pages of the connection" className="flex gap-5 border-b border-line">
      {tabs.map(({ tab, name, href }) => (
        <Link
          key={tab}
          href={href}
          aria-current={open === tab ? 'page' : undefined}
          className={`-mb-px border-b-2 max-md:min-h-11 max-md:min-w-11 max-md:pt-3 pb-2 font-medium ${open === tab ? 'border-accent text-ink' : 'border-transparent text-muted hover:text-ink'}`}
        >
          {name}
          {tab === 'catalogue' && quarantined > 0 && (
            <span className="ml-1.5 rounded-full bg-hold px-1.5 text-xs font-bold text-surface">
              {quarantined}
              <span className="sr-only"> waiting for an admin</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
