'use client';

import { HINT_EVENT, hintSchema, type Hint } from '@holdpoint/contracts';
import { createContext, useContext, useEffect, useState } from 'react';
import { io, type Socket } from 'socket.io-client';
import { useSWRConfig } from 'swr';

/** How long a broken connection may heal by itself before anyone is told. */
const QUIET_BREAK_MS = 2500;
const HINT_GATHER_MS = 120;

const TOPIC_PATHS: Readonly<Record<Hint['topic'], string>> = {
  approvals: '/api/approvals',
  sessions: '/api/sessions',
  connections: '/api/connections',
  policies: '/api/policy',
  audit: '/api/audit',
};

type PathListener = (matches: (path: string) => boolean) => void;
const listeners = new Set<PathListener>();

interface Live {
  readonly lost: boolean;
  reconnect(): void;
}

const LiveContext = createContext<Live>({ lost: false, reconnect: () => undefined });

/** Whether pushes are coming in, and a way to try again now. */
export function useLive(): Live {
  return useContext(LiveContext);
}

/** Calls `refresh` when something under `path` may have changed. For what SWR cannot match by key. */
export function useRefreshOn(path: string, refresh: () => void): void {
  useEffect(() => {
    const listener: PathListener = (matches) => {
      if (matches(path)) refresh();
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [path, refresh]);
}

/**
 * A push is only a hint: it says what to fetch again. Whatever was missed while the connection was
 * down is caught up by fetching everything on each (re)connect; SWR's interval covers the rest.
 */
export function LiveProvider({ children }: { children: React.ReactNode }) {
  const { mutate } = useSWRConfig();
  const [socket, setSocket] = useState<Socket | null>(null);
  const [lost, setLost] = useState(false);

  useEffect(() => {
    const refresh = (matches: (path: string) => boolean) => {
      void mutate((key) => typeof key === 'string' && matches(key));
      for (const listener of listeners) listener(matches);
    };
    const gathered = new Set<string>();
    let gatherTimer: ReturnType<typeof setTimeout> | undefined;
    let lostTimer: ReturnType<typeof setTimeout> | undefined;

    const connection = io({ path: '/live', reconnectionDelayMax: 10_000 });
    const noteBreak = () => {
      lostTimer ??= setTimeout(() => setLost(true), QUIET_BREAK_MS);
    };
    connection.on('connect', () => {
      clearTimeout(lostTimer);
      lostTimer = undefined;
      setLost(false);
      refresh(() => true);
    });
    connection.on('disconnect', noteBreak);
    connection.on('connect_error', noteBreak);
    connection.on(HINT_EVENT, (payload: unknown) => {
      const hint = hintSchema.safeParse(payload);
      if (!hint.success) return;
      gathered.add(TOPIC_PATHS[hint.data.topic]);
      gatherTimer ??= setTimeout(() => {
        const prefixes = [...gathered];
        gathered.clear();
        gatherTimer = undefined;
        refresh((path) => prefixes.some((prefix) => path.startsWith(prefix)));
      }, HINT_GATHER_MS);
    });
    // A laptop that wakes up has missed everything, and its timers are late.
    const wake = () => {
      if (document.visibilityState !== 'visible') return;
      if (!connection.connected) connection.connect();
      refresh(() => true);
    };
    document.addEventListener('visibilitychange', wake);
    setSocket(connection);
    return () => {
      document.removeEventListener('visibilitychange', wake);
      clearTimeout(gatherTimer);
      clearTimeout(lostTimer);
      connection.disconnect();
    };
  }, [mutate]);

  const reconnect = () => {
    socket?.disconnect().connect();
    void mutate(() => true);
  };
  return <LiveContext value={{ lost, reconnect }}>{children}</LiveContext>;
}
