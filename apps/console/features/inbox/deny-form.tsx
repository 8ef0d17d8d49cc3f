'use client';

import { useEffect, useId, useRef } from 'react';
import { Button } from '../../ui/button.tsx';

interface Props {
  sending: boolean;
  reason: string;
  onReason: (reason: string) => void;
  onDeny: (reason: string) => void;
  onCancel: () => void;
}

/** A denial needs a reason: the agent reads it and can do better. */
export function DenyForm({ sending, reason, onReason, onDeny, onCancel }: Props) {
  const id = useId();
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => ref.current?.focus(), []);
  const empty = reason.trim() === '';
  const submit = () => {
    if (!empty && !sending) onDeny(reason.trim());
  };
  return (
    <form
      className="flex max-w-3xl flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
          event.preventDefault();
          submit();
        }
        if (event.key === 'Escape') {
          event.preventDefault();
          onCancel();
        }
      }}
    >
      <label htmlFor={id} className="font-semibold">
        Why not? <span className="font-normal text-muted">The agent reads this.</span>
      </label>
      <textarea
        ref={ref}
        id={id}
        rows={3}
        maxLength={2000}
        required
        value={reason}
        onChange={(event) => onReason(event.target.value)}
        data-testid="deny-reason"
        className="w-full rounded-md border border-strong-line bg-surface px-3 py-2 text-base max-md:text-lg"
        placeholder="For example: name the rows, or ask for a dry run first."
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="stop" disabled={empty || sending} data-testid="deny-confirm">
          {sending ? 'Sending…' : 'Deny'}
        </Button>
        <Button onClick={onCancel} disabled={sending}>
          Cancel
        </Button>
        <span className="text-sm text-muted">
          <span className="hidden md:inline">⌘/Ctrl Enter sends it. </span>A verdict is final.
        </span>
      </div>
    </form>
  );
}
