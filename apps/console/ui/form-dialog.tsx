'use client';

import { useEffect, useRef } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { showFault } from './show-fault.ts';

/** Fields in a dialog, with what sends them below. What is wrong stands beside each field, by its own words. */
export function FormDialog({
  title,
  submit,
  sending,
  onSubmit,
  onClose,
  children,
  testId,
  wide = false,
}: {
  title: string;
  /** What the button does: "Register". */
  submit: string;
  sending: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: React.ReactNode;
  testId?: string;
  wide?: boolean;
}) {
  const form = useRef<HTMLFormElement>(null);
  // The gateway's answer, if the form is still there after it.
  useEffect(() => (sending ? () => showFault(form) : undefined), [sending]);
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form
        ref={form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
          showFault(form);
        }}
      >
        {children}
        <div className="flex gap-3">
          <Button type="submit" look="primary" disabled={sending} data-testid={testId}>
            {submit}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
