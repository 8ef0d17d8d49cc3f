'use client';

import { HINT_EVENT, hintSchema, type Hint } from '@holdpoint/contracts';
import { createContext, useContext, useEffect, useState } from 'react';
import { io, type Socket } from 'socket.io-client';
import { useSWRConfig } from 'swr';

/** How long a broken connection may heal by itself before anyone is told. */
const QUIET_BREAK_MS = 2500;
const HINT_GATHER_MS = 120;

/** A connection's freeze is a change of the connection. */
const TOPIC_PATHS: Readonly<Record<Hint['topic'], readonly string[]>> = {
  approvals: ['/api/approvals', '/api/break-glass'],
  sessions: ['/api/sessions'],
  connections: ['/api/connections', '/api/freezes'],
  policies: ['/api/policy'],
  audit: ['/api/audit'],
  freezes: ['/api/freezes'],
  grants: ['/api/grants', '/api/approvals'],
  people: ['/api/chain-alarms'],
  connectors: ['/api/connectors'],
};

type PathListener = (matches: (path: string) => boolean) => void;
const listeners = new Set<PathListener>();

/** Ids that changed; `null`: anything may have. */
type ApprovalListener = (ids: readonly string[] | null) => void;
const approvalListeners = new Set<ApprovalListener>();

/** Tells this window's lists that these approvals changed (`null`: all may have), without waiting for the gateway's hint. */
export function noteApprovals(ids: readonly string[] | null): void {
  for (const listener of approvalListeners) listener(ids);
}

/** Calls `listener` for approvals that may have changed. `listener` has to stay the same. */
export function useApprovalHints(listener: ApprovalListener): void {
  useEffect(() => {
    approvalListeners.add(listener);
    return () => {
      approvalListeners.delete(listener);
    };
  }, [listener]);
}

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

/** The page of one approval needs no other answer because another one changed. */
function isOtherApproval(path: string, changed: ReadonlySet<string> | null): boolean {
  const id = /^\/api\/approvals\/([0-9a-f-]{36})$/.exec(path)?.[1];
  return id !== undefined && changed !== null && !changed.has(id);
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
    const refreshAll = () => {
      refresh(() => true);
      for (const listener of approvalListeners) listener(null);
    };
    const gathered = new Set<string>();
    let approvals: Set<string> | null = new Set();
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
      refreshAll();
    });
    connection.on('disconnect', noteBreak);
    connection.on('connect_error', noteBreak);
    connection.on(HINT_EVENT, (payload: unknown) => {
      const hint = hintSchema.safeParse(payload);
      if (!hint.success) return;
      const { topic, id } = hint.data;
      const paths = TOPIC_PATHS[topic];
      for (const path of paths) gathered.add(path);
      if (topic === 'approvals' && id !== null) approvals?.add(id);
      else if (paths.some((path) => path.startsWith('/api/approvals'))) approvals = null;
      gatherTimer ??= setTimeout(() => {
        const prefixes = [...gathered];
        const changed = approvals;
        gathered.clear();
        approvals = new Set();
        gatherTimer = undefined;
        refresh(
          (path) =>
            prefixes.some((prefix) => path.startsWith(prefix)) && !isOtherApproval(path, changed),
        );
        if (changed === null || changed.size > 0) {
          for (const listener of approvalListeners) listener(changed && [...changed]);
        }
      }, HINT_GATHER_MS);
    });
    // A laptop that wakes up has missed everything, and its timers are late.
    const wake = () => {
      if (document.visibilityState !== 'visible') return;
      if (!connection.connected) connection.connect();
      refreshAll();
    };
    // The browser knows at once that it is offline; the socket only after its next silence.
    const noteOffline = () => setLost(true);
    const noteOnline = () => connection.disconnect().connect();
    document.addEventListener('visibilitychange', wake);
    window.addEventListener('offline', noteOffline);
    window.addEventListener('online', noteOnline);
    setSocket(connection);
    return () => {
      document.removeEventListener('visibilitychange', wake);
      window.removeEventListener('offline', noteOffline);
      window.removeEventListener('online', noteOnline);
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
