'use client';

import { useEffect, useId, useRef, useState } from 'react';

const PAUSE_MS = 400;

/** A text that is handed on when typing pauses or the field is left. */
function useCommitted(value: string, onCommit: (value: string) => void) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const latest = useRef({ text, onCommit, value });
  // The document may change without us: an undo, the other view.
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  useEffect(() => {
    latest.current = { text, onCommit, value };
  });
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => latest.current.onCommit(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  const flush = () => {
    const { text: typed, value: before } = latest.current;
    if (typed !== before) latest.current.onCommit(typed);
  };
  return { text, setText, flush };
}

/** One or more lines of text of a rule. */
export function CommittedField({
  label,
  hint,
  error,
  value,
  onCommit,
  lines = 1,
  hideLabel = false,
  accepts,
  ...rest
}: {
  label: string;
  hint?: React.ReactNode;
  error?: string | undefined;
  value: string;
  onCommit: (value: string) => void;
  lines?: number;
  hideLabel?: boolean;
  /** What else is typed doesn't arrive in the field: it would stand there and count for nothing. */
  accepts?: RegExp;
} & Pick<
  React.ComponentProps<'input'>,
  'list' | 'inputMode' | 'placeholder' | 'maxLength' | 'spellCheck'
>) {
  const id = useId();
  const { text, setText, flush } = useCommitted(value, onCommit);
  const shared = {
    id,
    value: text,
    'aria-invalid': error !== undefined,
    'aria-describedby': `${id}-about`,
    className: `w-full min-h-9 max-md:min-h-11 rounded-md border bg-surface px-2.5 py-1.5 text-ink max-md:text-lg ${error === undefined ? 'border-strong-line' : 'border-stop'}`,
    onBlur: flush,
    onKeyDown: (event: React.KeyboardEvent) => {
      // What an undo takes back must be in the document first.
      if ((event.ctrlKey || event.metaKey) && /^[zy]$/i.test(event.key)) flush();
      // In a form Enter sends what the document has.
      if (event.key === 'Enter' && lines === 1) flush();
    },
    onChange: ({ target }: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      if (accepts === undefined || accepts.test(target.value)) setText(target.value);
    },
  };
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-1">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium'}>
        {label}
      </label>
      {lines > 1 ? <textarea rows={lines} {...shared} /> : <input {...shared} {...rest} />}
      <p id={`${id}-about`} className="text-sm text-muted empty:hidden">
        {hint}
        {error !== undefined && (
          <span className="block font-medium text-stop" data-field-error>
            {error}
          </span>
        )}
      </p>
    </div>
  );
}
