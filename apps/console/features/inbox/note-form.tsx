'use client';

import { MAX_NOTE_CHARACTERS } from '@holdpoint/contracts';
import { useId, useState } from 'react';
import { toFailure, type ApiFailure } from '../../lib/api.ts';
import { FailureNote } from '../../ui/states.tsx';

interface Props {
  label: string;
  hint: React.ReactNode;
  placeholder: string;
  /** The buttons; each gets what sends the text in its way. */
  actions: (state: {
    readonly blocked: boolean;
    readonly send: (as: Send) => void;
  }) => React.ReactNode;
  /** What Ctrl Enter does. */
  onSend: Send;
  inputRef?: React.RefObject<HTMLTextAreaElement | null>;
}

export type Send = (text: string) => Promise<void>;

/** A text for others, kept until it was sent. */
export function NoteForm({ label, hint, placeholder, actions, onSend, inputRef }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const blocked = sending || text.trim() === '';
  const send = async (as: Send) => {
    if (blocked) return;
    setSending(true);
    setFailure(undefined);
    try {
      await as(text.trim());
      setText('');
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void send(onSend);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
          event.preventDefault();
          void send(onSend);
        }
        // Out of the field, so that the page's keys work again; the text stays.
        if (event.key === 'Escape' && event.target instanceof HTMLElement) {
          event.preventDefault();
          event.target.blur();
        }
      }}
    >
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <textarea
        ref={inputRef}
        id={id}
        rows={2}
        maxLength={MAX_NOTE_CHARACTERS}
        value={text}
        aria-describedby={`${id}-hint`}
        onChange={(event) => setText(event.target.value)}
        placeholder={placeholder}
        className="w-full scroll-mb-40 rounded-md border border-strong-line bg-surface px-3 py-2 text-base max-md:text-lg"
      />
      <p id={`${id}-hint`} className="text-sm text-muted">
        {hint}
      </p>
      <FailureNote failure={failure} />
      <div className="flex flex-wrap gap-2">
        {actions({ blocked, send: (as) => void send(as) })}
      </div>
    </form>
  );
}
