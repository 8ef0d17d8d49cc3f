'use client';

import { useState } from 'react';
import { toFailure, type ApiFailure } from '../../lib/api.ts';
import { plural } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { minutesUntilTomorrow, snooze } from './snooze.ts';

/** How long to put approvals off. */
export function SnoozeDialog({
  ids,
  onClose,
  onDone,
}: {
  ids: readonly string[];
  onClose: () => void;
  onDone: () => void;
}) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const choose = async (minutes: number) => {
    setSending(true);
    try {
      await snooze(ids, minutes);
      onDone();
      onClose();
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    }
  };
  return (
    <Dialog title={`Snooze ${plural(ids.length, 'call')} for yourself`} onClose={onClose}>
      <div className="flex flex-col gap-3">
        <p>
          Out of your list until then. Everyone else still sees it, it can be decided, and its time
          runs on. In the last tenth of its time it comes back by itself.
        </p>
        <FailureNote failure={failure} />
        <div className="flex flex-wrap gap-2">
          <Button disabled={sending} onClick={() => void choose(15)}>
            15 minutes
          </Button>
          <Button disabled={sending} onClick={() => void choose(60)}>
            1 hour
          </Button>
          <Button disabled={sending} onClick={() => void choose(minutesUntilTomorrow(new Date()))}>
            Until tomorrow, 9:00
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
