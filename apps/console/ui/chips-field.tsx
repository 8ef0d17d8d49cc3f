'use client';

import { useId, useRef, useState } from 'react';
import { Icon } from './icons.tsx';

/** A list of short names. Enter or a comma adds what was typed; leaving the field does too. */
export function ChipsField({
  label,
  hint,
  error,
  values,
  onValues,
  placeholder,
}: {
  label: string;
  hint?: React.ReactNode;
  error?: string | undefined;
  values: readonly string[];
  onValues: (values: readonly string[]) => void;
  placeholder?: string;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const add = () => {
    const fresh = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '' && !values.includes(part));
    if (fresh.length > 0) onValues([...values, ...new Set(fresh)]);
    setText('');
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div
        className={`flex min-h-9 flex-wrap items-center gap-1.5 rounded-md border bg-surface px-2 py-1 focus-within:outline-2 focus-within:outline-accent ${error === undefined ? 'border-strong-line' : 'border-stop'}`}
      >
        {values.map((value) => (
          <span
            key={value}
            className="inline-flex max-w-full items-center gap-1 rounded bg-raised pl-2"
          >
            <span className="truncate">{value}</span>
            <button
              type="button"
              aria-label={`Remove ${value}`}
              className="rounded p-1 text-muted hover:text-stop"
              onClick={() => {
                onValues(values.filter((other) => other !== value));
                input.current?.focus();
              }}
            >
              <Icon name="cross" className="size-3.5" />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          value={text}
          placeholder={values.length === 0 ? placeholder : undefined}
          aria-describedby={`${id}-hint`}
          className="min-w-24 flex-1 bg-transparent py-0.5 outline-none max-md:text-lg"
          onChange={(event) => setText(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if ((event.key === 'Enter' || event.key === ',') && text.trim() !== '') {
              event.preventDefault();
              add();
            }
            if (event.key === 'Backspace' && text === '') onValues(values.slice(0, -1));
          }}
        />
      </div>
      <p id={`${id}-hint`} className="text-sm text-muted">
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
