'use client';

import { useSending } from '../lib/use-sending.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { FailureNote } from './states.tsx';

/** Says what will be over, and asks once more. Stays open where that fails, with the reason. */
export function ConfirmDialog({
  title,
  confirm,
  onConfirm,
  onClose,
  children,
  testId,
}: {
  title: string;
  /** What the button does: "Remove it". */
  confirm: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
  children: React.ReactNode;
  testId?: string;
}) {
  const { sending, failure, start } = useSending();
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <div>{children}</div>
        <FailureNote failure={failure} />
        <div className="flex gap-3">
          <Button
            look="stop"
            disabled={sending}
            data-testid={testId}
            onClick={() => void start(onConfirm)}
          >
            {confirm}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </div>
    </Dialog>
  );
}
