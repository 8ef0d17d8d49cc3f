'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import { useState } from 'react';
import { toFailure, type ApiFailure } from '../../lib/api.ts';
import { formatUtc } from '../../lib/format.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { SnoozeDialog } from './snooze-dialog.tsx';
import { snooze } from './snooze.ts';

/** Puts the opened approval off for oneself, or takes it back. */
export function SnoozeButton({
  approval,
  onChanged,
}: {
  approval: ApprovalDetail;
  onChanged: () => void;
}) {
  const [choosing, setChoosing] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const { snoozedUntil } = approval.inbox;
  const waits = approval.state === 'held';
  useShortcuts({
    s: () => {
      if (waits) setChoosing(true);
    },
  });
  if (!waits) return null;
  const wake = async () => {
    try {
      await snooze([approval.id], null);
      onChanged();
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
      <Button size="small" title="Key: s" onClick={() => setChoosing(true)}>
        <Icon name="clock" className="size-4" /> Snooze…
      </Button>
      {snoozedUntil !== null && (
        <>
          <span>Snoozed for you until {formatUtc(snoozedUntil)}.</span>
          <Button size="small" look="quiet" onClick={() => void wake()}>
            Back to my list
          </Button>
        </>
      )}
      <FailureNote failure={failure} />
      {choosing && (
        <SnoozeDialog ids={[approval.id]} onClose={() => setChoosing(false)} onDone={onChanged} />
      )}
    </div>
  );
}
