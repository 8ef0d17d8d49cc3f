'use client';

import { meSchema, type Me } from '@holdpoint/contracts';
import { useCallback } from 'react';
import useSWR, { type SWRConfiguration } from 'swr';
import useSWRInfinite from 'swr/infinite';
import { get, type ApiFailure, type Schema } from './api.ts';
import { useRefreshOn } from './live.tsx';

/** The promise behind "at the latest 30 s later": a lost push costs this much and nothing else. */
const REFRESH_INTERVAL_MS = 30_000;

export const swrDefaults: SWRConfiguration = {
  refreshInterval: REFRESH_INTERVAL_MS,
  revalidateOnFocus: true,
  errorRetryInterval: 5000,
};

export interface Loaded<T> {
  readonly data: T | undefined;
  readonly failure: ApiFailure | undefined;
  readonly loading: boolean;
  retry(): void;
  /** Puts an answer of the gateway in place of what was loaded. */
  replace(data: T): void;
}

/** Loads `path` (`null`: nothing yet) and keeps it fresh. What was loaded stays while a refresh fails. */
export function useApi<T>(path: string | null, schema: Schema<T>): Loaded<T> {
  const { data, error, isLoading, mutate } = useSWR<T, ApiFailure>(path, (key: string) =>
    get(key, schema),
  );
  return {
    data,
    failure: error,
    loading: isLoading,
    retry: () => void mutate(),
    replace: (next) => void mutate(next, { revalidate: false }),
  };
}

export interface Pages<Page> {
  readonly pages: readonly Page[] | undefined;
  readonly failure: ApiFailure | undefined;
  readonly loadingMore: boolean;
  readonly hasMore: boolean;
  loadMore(): void;
  retry(): void;
}

/** A list of pages; the path of the next one is made from the cursor that the last one gave. */
export function usePages<Page extends { next: string | null }>(
  path: string,
  schema: Schema<Page>,
  cursorName = 'cursor',
): Pages<Page> {
  const { data, error, size, setSize, mutate } = useSWRInfinite<Page, ApiFailure>(
    (_index, previous) => {
      if (previous === null) return path;
      if (previous.next === null) return null;
      const joint = path.includes('?') ? '&' : '?';
      return `${path}${joint}${cursorName}=${encodeURIComponent(previous.next)}`;
    },
    (key: string) => get(key, schema),
    { keepPreviousData: true },
  );
  const refresh = useCallback(() => void mutate(), [mutate]);
  useRefreshOn(path, refresh);
  return {
    pages: data,
    failure: error,
    loadingMore: data !== undefined && data.length < size,
    hasMore: data?.at(-1)?.next != null,
    loadMore: () => void setSize(size + 1),
    retry: refresh,
  };
}

export function useMe(): Loaded<Me> {
  return useApi('/api/me', meSchema);
}
