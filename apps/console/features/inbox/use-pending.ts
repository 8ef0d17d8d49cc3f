'use client';

import { approvalPageSchema, type ApprovalPage } from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi, type Loaded } from '../../lib/use-api.ts';
import { PENDING_PATH } from '../shell/pending-count.tsx';
import { reconcile, withoutGone, type Row } from './stable-list.ts';

export interface Pending extends Omit<Loaded<ApprovalPage>, 'replace'> {
  readonly rows: readonly Row[];
}

/** The pending approvals in an order that holds still until the person opens something else. */
export function usePending(openedId: string | null): Pending {
  const loaded = useApi(PENDING_PATH, approvalPageSchema);
  const [rows, setRows] = useState<readonly Row[]>([]);
  const [seen, setSeen] = useState<{ page: ApprovalPage | undefined; openedId: string | null }>({
    page: undefined,
    openedId,
  });

  if (seen.page !== loaded.data || seen.openedId !== openedId) {
    setSeen({ page: loaded.data, openedId });
    const moved = seen.openedId !== openedId;
    const kept = moved ? withoutGone(rows, openedId) : rows;
    setRows(loaded.data === undefined ? kept : reconcile(kept, loaded.data.items));
  }
  return { ...loaded, rows };
}
