'use client';

import { quarantinedSchema, type Me } from '@holdpoint/contracts';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { placesFor, type Place } from '../../lib/roles.ts';
import { useApi } from '../../lib/use-api.ts';
import { Icon, LogoMark } from '../../ui/icons.tsx';
import { usePendingCount } from './pending-count.tsx';
import { PersonMenu } from './person-menu.tsx';

export function SideNav({ me }: { me: Me }) {
  return (
    <header className="hidden w-52 shrink-0 flex-col border-r border-line bg-surface md:flex">
      <Link
        href="/inbox"
        className="flex items-center gap-2.5 px-4 pt-5 pb-4 text-lg font-semibold tracking-tight"
      >
        <LogoMark />
        Holdpoint
      </Link>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 px-2">
        {placesFor(me.roles).map((place) => (
          <NavLink
            key={place.href}
            place={place}
            className="flex-row gap-2.5 px-2.5 py-1.5"
            testId
          />
        ))}
      </nav>
      <div className="border-t border-line p-2">
        <PersonMenu me={me} />
      </div>
    </header>
  );
}

/** On a phone. Gone while an approval is open: its buttons need the thumb's place. */
export function BottomBar({ me }: { me: Me }) {
  const approvalIsOpen = usePathname().startsWith('/inbox/');
  if (approvalIsOpen) return null;
  const bar = placesFor(me.roles).filter(({ isMinor = false }) => !isMinor);
  return (
    <header className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      <nav aria-label="Main" className="contents">
        {bar.map((place) => (
          <NavLink
            key={place.href}
            place={place}
            className="min-w-0 flex-1 basis-0 flex-col gap-0.5 px-0.5 py-2 text-[0.6875rem] tracking-tight"
          />
        ))}
      </nav>
      <div className="min-w-11 flex-[0.7] basis-0">
        <PersonMenu me={me} compact />
      </div>
    </header>
  );
}

function NavLink({
  place,
  className,
  testId = false,
}: {
  place: Place;
  className: string;
  testId?: boolean;
}) {
  const pathname = usePathname();
  const here = pathname === place.href || pathname.startsWith(`${place.href}/`);
  return (
    <Link
      href={place.href}
      aria-current={here ? 'page' : undefined}
      data-testid={testId ? `nav-${place.href.slice(1)}` : undefined}
      className={`relative flex items-center rounded-md font-medium ${here ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-raised hover:text-ink'} ${className}`}
    >
      <Icon name={place.icon} />
      <span className="max-w-full truncate">{place.name}</span>
      {place.icon === 'inbox' && <PendingBadge testId={testId} />}
      {place.icon === 'connections' && <WaitingBadge />}
    </Link>
  );
}

/** Definitions that wait for an admin. */
function WaitingBadge() {
  const { data } = useApi('/api/connections/quarantined', quarantinedSchema);
  if (data === undefined || data.count === 0) return null;
  return (
    <span className="absolute top-1 left-1/2 ml-1 rounded-full bg-hold px-1.5 text-xs font-bold text-surface md:static md:ml-auto">
      {data.count}
      <span className="sr-only"> {data.count === 1 ? 'definition' : 'definitions'} waiting</span>
    </span>
  );
}

function PendingBadge({ testId }: { testId: boolean }) {
  const count = usePendingCount();
  if (count === null || count === 0) return null;
  return (
    <span
      data-testid={testId ? 'pending-count' : undefined}
      className="absolute top-1 left-1/2 ml-1 rounded-full bg-hold px-1.5 text-xs font-bold text-surface md:static md:ml-auto"
    >
      {count}
      <span className="sr-only"> pending</span>
    </span>
  );
}
