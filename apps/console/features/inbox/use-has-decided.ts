'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import { useMe } from '../../lib/use-api.ts';

/** Whether the person at this console gave a verdict on one of its steps. */
export function useHasDecided({ verdicts }: Pick<ApprovalDetail, 'verdicts'>): boolean {
  const { data: me } = useMe();
  return me !== undefined && verdicts.some(({ person }) => person.key === me.person.key);
}
