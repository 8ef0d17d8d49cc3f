'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

export interface UrlFilters<Name extends string> {
  value(name: Name): string;
  readonly active: boolean;
  /** The filters as a query, without those that are empty. */
  readonly query: URLSearchParams;
  set(name: Name, value: string): void;
  clear(): void;
}

/** Filters kept in the address: a filtered list can be linked to and survives a reload. */
export function useUrlFilters<Name extends string>(names: readonly Name[]): UrlFilters<Name> {
  const params = useSearchParams();
  const value = (name: Name) => params.get(name) ?? '';
  const query = new URLSearchParams(
    names.map((name) => [name, value(name)]).filter(([, text]) => text !== ''),
  );
  const set = useCallback((name: Name, text: string) => {
    const next = new URLSearchParams(window.location.search);
    if (text === '') next.delete(name);
    else next.set(name, text);
    go(next);
  }, []);
  const clear = useCallback(() => go(new URLSearchParams()), []);
  return { value, active: query.size > 0, query, set, clear };
}

function go(query: URLSearchParams): void {
  const { pathname, hash } = window.location;
  window.history.replaceState(null, '', pathname + (query.size > 0 ? `?${query}` : '') + hash);
}
