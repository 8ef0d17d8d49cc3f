import {
  approvalWatchSchema,
  WATCH_EVERY_MS,
  type ApprovalDetail,
  type ApprovalWatch,
  type WatchInput,
} from '@holdpoint/contracts';
import { useEffect, useRef } from 'react';
import { send } from '../../lib/api.ts';

const pathOf = (id: string) => `/api/approvals/${encodeURIComponent(id)}/watch`;

export function sayWatch(id: string, input: WatchInput): Promise<ApprovalWatch> {
  return send('POST', pathOf(id), input, approvalWatchSchema);
}

/** While the approval is open here, the others' pages say so. `onNews`: something else than shown is so now. */
export function useOpenPage(approval: ApprovalDetail, onNews: () => void): void {
  const { id, mayWatch } = approval;
  const latest = useRef({ watch: approval.watch, onNews });
  useEffect(() => {
    latest.current = { watch: approval.watch, onNews };
  });
  useEffect(() => {
    if (!mayWatch) return;
    let left = false;
    let said: Promise<void> = Promise.resolve();
    const beat = () => {
      said = sayWatch(id, {}).then(
        (now) => {
          const { watch, onNews } = latest.current;
          if (!left && JSON.stringify(now) !== JSON.stringify(watch)) onNews();
        },
        // The next one comes soon, and the page says by itself when the gateway can't be reached.
        () => undefined,
      );
    };
    const leave = () => {
      void send('DELETE', pathOf(id), {}, approvalWatchSchema).catch(() => undefined);
    };
    // A claim outlives a reload of the page: it is over with its lease, if the page doesn't come back.
    const hide = () => {
      if (latest.current.watch.claim?.isYou !== true) leave();
    };
    beat();
    const timer = setInterval(beat, WATCH_EVERY_MS);
    window.addEventListener('pagehide', hide);
    return () => {
      left = true;
      clearInterval(timer);
      window.removeEventListener('pagehide', hide);
      // After what is on its way, which would open it again.
      void said.then(leave);
    };
  }, [id, mayWatch]);
}
