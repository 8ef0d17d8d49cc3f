'use client';

import { INBOX_ROWS_AT_ONCE, inboxIndexSchema, inboxRowsSchema } from '@holdpoint/contracts';
import { useEffect, useRef } from 'react';
import { get } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { usePendingCount } from '../shell/pending-count.tsx';
import { noticesOf, show } from './announce.ts';
import { chime } from './chime.ts';
import { newcomers } from './newcomers.ts';
import { useNoticeChoice, useSound } from './notice-settings.ts';
import { useLeader } from './use-leader.ts';

/** What waits for this person's own verdict, without what they snoozed. */
const MINE_PATH = '/api/approvals/index?mine=yes';

/** Tells of calls that are this person's to decide, as long as a window of the console is open. */
export function Notices({ mayDecide }: { mayDecide: boolean }) {
  const choice = useNoticeChoice();
  const sound = useSound();
  const wanted = mayDecide && (choice !== 'off' || sound);
  const leads = useLeader('holdpoint-notices', wanted);
  const { data } = useApi(wanted ? MINE_PATH : null, inboxIndexSchema);
  const known = useRef<ReadonlySet<string> | null>(null);
  const pending = usePendingCount();
  useAppBadge(data?.items.length ?? pending);

  useEffect(() => {
    if (!wanted) known.current = null;
    if (data === undefined || !wanted) return;
    // Every window keeps up, so that any of them can take over without telling anything twice.
    const seen = newcomers(
      known.current,
      data.items.map(({ id }) => id),
    );
    known.current = seen.known;
    if (!leads || seen.fresh.length === 0) return;
    if (sound) void chime().catch(() => undefined);
    if (choice === 'off' || document.hasFocus()) return;
    void tell(seen.fresh, choice).catch(() => undefined);
  }, [data, leads, wanted, choice, sound]);
  return null;
}

async function tell(fresh: readonly string[], choice: 'bare' | 'sentence'): Promise<void> {
  if (Notification.permission !== 'granted') return;
  const ids = fresh.slice(0, INBOX_ROWS_AT_ONCE).join(',');
  const { items } = await get(`/api/approvals/rows?ids=${ids}`, inboxRowsSchema);
  // Somebody may have been faster.
  const waiting = items.map(({ approval }) => approval).filter(({ mayDecide }) => mayDecide.ok);
  for (const notice of noticesOf(waiting, choice)) await show(notice);
}

/** On the icon of the installed console, where the system has such a badge. */
function useAppBadge(count: number | null): void {
  useEffect(() => {
    if (count === null || !('setAppBadge' in navigator)) return;
    const set = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge();
    set.catch(() => undefined);
  }, [count]);
}
