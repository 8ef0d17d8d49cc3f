'use client';

import { freezeListSchema, type FreezeList } from '@holdpoint/contracts';
import { useApi, useMe, type Loaded } from '../../lib/use-api.ts';

export const FREEZES_PATH = '/api/freezes';

export function useFreezes(): Loaded<FreezeList> {
  return useApi(FREEZES_PATH, freezeListSchema);
}

/** What this person's roles let them do with freezes. The gateway decides; this spares dead buttons. */
export function useMayFreeze(): { readonly some: boolean; readonly all: boolean } {
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  return { some: isAdmin || me?.roles.includes('reviewer') === true, all: isAdmin };
}
