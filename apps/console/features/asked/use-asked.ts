'use client';

import { askedListSchema, type AskedItem } from '@holdpoint/contracts';
import { useApi, type Loaded } from '../../lib/use-api.ts';

export const ASKED_PATH = '/api/approvals/asked-of-me';

export function useAsked(): Pick<Loaded<unknown>, 'failure' | 'retry'> & {
  readonly items: readonly AskedItem[] | undefined;
  /** Those where an answer still helps. */
  readonly open: readonly AskedItem[];
} {
  const { data, failure, retry } = useApi(ASKED_PATH, askedListSchema);
  const open = (data?.items ?? []).filter(({ isHeld, answered }) => isHeld && !answered);
  return { items: data?.items, open, failure, retry };
}
