'use client';

import {
  catalogueWordResultSchema,
  type CatalogueItem,
  type CatalogueWordResult,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';

/** What one request settles; more go in several. */
const AT_ONCE = 500;

export type Said = Pick<CatalogueItem, 'kind' | 'name' | 'digest'>;

/** Accepts or blocks definitions, each exactly as it was shown. */
export function useWord(connectionId: string) {
  const { mutate } = useSWRConfig();
  const [failure, setFailure] = useState<ApiFailure>();
  const [busy, setBusy] = useState(false);
  const say = async (
    word: 'accept' | 'block',
    items: readonly Said[],
    note: string,
  ): Promise<CatalogueWordResult | undefined> => {
    setBusy(true);
    setFailure(undefined);
    const path = `/api/connections/${encodeURIComponent(connectionId)}/catalogue`;
    try {
      let all: CatalogueWordResult = { settled: 0, changed: [] };
      for (let at = 0; at < items.length; at += AT_ONCE) {
        const asked = items
          .slice(at, at + AT_ONCE)
          .map(({ kind, name, digest }) => ({ kind, name, digest }));
        const body = { items: asked, ...(note.trim() !== '' && { note: note.trim() }) };
        const result = await send('POST', `${path}/${word}`, body, catalogueWordResultSchema);
        all = {
          settled: all.settled + result.settled,
          changed: [...all.changed, ...result.changed],
        };
      }
      return all;
    } catch (error) {
      setFailure(toFailure(error));
      return undefined;
    } finally {
      setBusy(false);
      void mutate((key) => typeof key === 'string' && key.startsWith('/api/connections'));
    }
  };
  return { say, failure, busy };
}
