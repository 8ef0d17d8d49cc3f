'use client';

import { SWRConfig } from 'swr';
import { LiveProvider } from '../../lib/live.tsx';
import { swrDefaults, useMe } from '../../lib/use-api.ts';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { ConnectionLost } from './connection-lost.tsx';
import { GlobalKeys } from './global-keys.tsx';
import { BottomBar, SideNav } from './navigation.tsx';
import { NoRole } from './no-role.tsx';
import { RoleGate } from './role-gate.tsx';
import { PendingCountProvider } from './pending-count.tsx';

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
  if (me.roles.length === 0) return <NoRole me={me} />;
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
      </PendingCountProvider>
    </LiveProvider>
  );
}
