'use client';

import {
  sessionReplaySchema,
  type ReplayItem,
  type SessionReplay,
  type SessionSummary,
} from '@holdpoint/contracts';
import { useCallback, useEffect } from 'react';
import useSWRInfinite from 'swr/infinite';
import { get, type ApiFailure } from '../../lib/api.ts';
import { useRefreshOn } from '../../lib/live.tsx';

export interface Replay {
  readonly session: SessionSummary | undefined;
  readonly items: readonly ReplayItem[];
  readonly complete: boolean;
  readonly failure: ApiFailure | undefined;
  retry(): void;
}

/** All of a session, page after page. What is recorded never changes, so only the last page is asked again. */
export function useReplay(id: string): Replay {
  const path = `/api/sessions/${encodeURIComponent(id)}`;
  const { data, error, size, setSize, mutate } = useSWRInfinite<SessionReplay, ApiFailure>(
    (_index, previous) => {
      if (previous === null) return path;
      return previous.next === null ? null : `${path}?after=${encodeURIComponent(previous.next)}`;
    },
    (key: string) => get(key, sessionReplaySchema),
    { revalidateFirstPage: false, keepPreviousData: true },
  );

  const last = data?.at(-1);
  const more = last !== undefined && last.next !== null && data?.length === size;
  useEffect(() => {
    if (more) void setSize(size + 1);
  }, [more, size, setSize]);

  const refresh = useCallback(
    () =>
      void mutate((pages) => pages, {
        revalidate: (page) => page === undefined || page.next === null,
      }),
    [mutate],
  );
  useRefreshOn(path, refresh);
  return {
    session: last?.session,
    items: data?.flatMap((page) => page.items) ?? [],
    complete: last !== undefined && last.next === null,
    failure: error,
    retry: refresh,
  };
}
