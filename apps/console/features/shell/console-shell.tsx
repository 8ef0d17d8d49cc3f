'use client';

import type { Me } from '@holdpoint/contracts';
import { usePathname } from 'next/navigation';
import { SWRConfig } from 'swr';
import { LiveProvider } from '../../lib/live.tsx';
import { swrDefaults, useMe } from '../../lib/use-api.ts';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { AskedBanner } from '../asked/asked-banner.tsx';
import { FrozenBanner } from '../freeze/frozen-banner.tsx';
import { Notices } from '../notices/notices.tsx';
import { NewPasskeyNotice } from '../passkeys/new-passkey-notice.tsx';
import { usePushRepair } from '../push/use-push-repair.ts';
import { BreakGlassAlarm } from './break-glass-alarm.tsx';
import { ConnectionLost } from './connection-lost.tsx';
import { GlobalKeys } from './global-keys.tsx';
import { BottomBar, SideNav } from './navigation.tsx';
import { NoRole } from './no-role.tsx';
import { RoleGate } from './role-gate.tsx';
import { PendingCountProvider } from './pending-count.tsx';
import { useServiceWorker } from './use-service-worker.ts';

/** Everything around a page: who is signed in, where they can go, and whether pushes come in. */
export function ConsoleShell({ children }: { children: React.ReactNode }) {
  return (
    <SWRConfig value={swrDefaults}>
      <SignedIn>{children}</SignedIn>
    </SWRConfig>
  );
}

function SignedIn({ children }: { children: React.ReactNode }) {
  const { data: me, failure, retry } = useMe();
  useServiceWorker();
  usePushRepair(me);
  if (me === undefined) {
    return (
      <main id="main" className="mx-auto max-w-2xl pt-10">
        {failure === undefined ? (
          <Skeleton label="Loading the console" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </main>
    );
  }
  if (me.roles.length === 0) return <WithoutRole me={me}>{children}</WithoutRole>;
  return (
    <LiveProvider>
      <PendingCountProvider>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
        >
          Skip to the page
        </a>
        <div className="flex min-h-dvh flex-col md:h-dvh md:flex-row">
          <SideNav me={me} />
          <div className="flex min-w-0 flex-1 flex-col md:min-h-0">
            <ConnectionLost />
            <BreakGlassAlarm me={me} />
            <FrozenBanner />
            <AskedBanner />
            <NewPasskeyNotice />
            <main
              id="main"
              tabIndex={-1}
              className="min-w-0 flex-1 pb-20 md:min-h-0 md:overflow-y-auto md:pb-0"
            >
              <RoleGate me={me}>{children}</RoleGate>
            </main>
          </div>
          <BottomBar me={me} />
        </div>
        <GlobalKeys me={me} />
        <Notices mayDecide={me.roles.includes('reviewer')} />
      </PendingCountProvider>
    </LiveProvider>
  );
}

/** Without a role one place is left: the questions about agents that the person answers for. */
function WithoutRole({ me, children }: { me: Me; children: React.ReactNode }) {
  const isAsked = usePathname().startsWith('/asked');
  return (
    <>
      <AskedBanner />
      {isAsked ? <main id="main">{children}</main> : <NoRole me={me} />}
    </>
  );
}
