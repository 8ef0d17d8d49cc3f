'use client';

import { BULK_VERDICTS_AT_ONCE } from '@holdpoint/contracts';
import { useState } from 'react';
import { useLive } from '../../lib/live.tsx';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { BulkReview } from './bulk-review.tsx';
import { SnoozeDialog } from './snooze-dialog.tsx';
import type { Selection } from './use-selection.ts';

/** What can be done with the rows that are picked. Nothing happens before a sheet that shows them. */
export function SelectionBar({
  selection,
  mayDecide,
}: {
  selection: Selection;
  mayDecide: boolean;
}) {
  const [open, setOpen] = useState<'approve' | 'deny' | 'snooze' | null>(null);
  const { lost } = useLive();
  const { ids, cut, clear } = selection;
  const begin = (what: 'approve' | 'deny' | 'snooze') => {
    if (ids.length > 0 && (what === 'snooze' || (mayDecide && !lost))) setOpen(what);
  };
  useShortcuts({
    A: () => begin('approve'),
    D: () => begin('deny'),
    S: () => begin('snooze'),
  });
  const close = () => setOpen(null);
  const done = () => {
    setOpen(null);
    clear();
  };
  if (ids.length === 0) return null;
  return (
    <div
      role="region"
      aria-label="Selected calls"
      className="sticky bottom-14 z-20 flex flex-wrap items-center gap-2 border-t border-line bg-surface px-4 py-2 md:bottom-0"
    >
      <p role="status" className="w-full text-sm">
        <strong>{ids.length} selected.</strong>{' '}
        {cut && `At most ${BULK_VERDICTS_AT_ONCE} are decided together.`}
        {lost && ' No verdict while the connection is interrupted.'}
      </p>
      {mayDecide && (
        <>
          <Button
            size="small"
            look="go"
            title="Key: Shift A"
            disabled={lost}
            onClick={() => begin('approve')}
          >
            Approve…
          </Button>
          <Button
            size="small"
            look="stop-outline"
            title="Key: Shift D"
            disabled={lost}
            onClick={() => begin('deny')}
          >
            Deny…
          </Button>
        </>
      )}
      <Button size="small" title="Key: Shift S" onClick={() => begin('snooze')}>
        Snooze…
      </Button>
      <Button size="small" look="quiet" title="Key: Esc" onClick={clear}>
        Clear
      </Button>
      {open === 'snooze' && <SnoozeDialog ids={ids} onClose={close} onDone={done} />}
      {(open === 'approve' || open === 'deny') && (
        <BulkReview ids={ids} verdict={open} onClose={close} onDone={done} />
      )}
    </div>
  );
}
