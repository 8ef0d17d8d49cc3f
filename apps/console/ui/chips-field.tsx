'use client';

import { useId, useRef, useState } from 'react';
import { visibleString } from '@holdpoint/contracts';
import { Icon } from './icons.tsx';
import { VisibleText } from './visible-text.tsx';

/** A value that can be chosen; `detail` tells where it is from. */
export interface ChipSuggestion {
  readonly name: string;
  readonly detail: string;
}

const NO_SUGGESTIONS: readonly ChipSuggestion[] = [];
const MAX_SUGGESTIONS = 300;
const itself = (value: string) => value;

/** A list of short names. Enter or a comma adds what was typed; leaving the field does too. */
export function ChipsField({
  label,
  hint,
  error,
  values,
  onValues,
  placeholder,
  suggestions = NO_SUGGESTIONS,
  nameOf = itself,
  onText,
}: {
  label: string;
  hint?: React.ReactNode;
  error?: string | undefined;
  values: readonly string[];
  onValues: (values: readonly string[]) => void;
  placeholder?: string;
  suggestions?: readonly ChipSuggestion[];
  /** What a value is called where it isn't its own name. */
  nameOf?: (value: string) => string;
  /** What is typed so far, for suggestions that depend on it. */
  onText?: (text: string) => void;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const type = (next: string) => {
    setText(next);
    onText?.(next);
  };
  const add = () => {
    const fresh = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '' && !values.includes(part));
    if (fresh.length > 0) onValues([...values, ...new Set(fresh)]);
    type('');
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div
        className={`flex min-h-9 max-md:min-h-11 flex-wrap items-center gap-1.5 rounded-md border bg-surface px-2 py-1 max-md:py-0 focus-within:outline-2 focus-within:outline-accent ${error === undefined ? 'border-strong-line' : 'border-stop'}`}
      >
        {values.map((value) => (
          <span
            key={value}
            title={nameOf(value) === value ? undefined : visibleString(value)}
            className="inline-flex max-w-full items-center gap-1 rounded bg-raised pl-2"
          >
            <span className="truncate">
              <VisibleText text={nameOf(value)} />
            </span>
            <button
              type="button"
              aria-label={`Remove ${visibleString(nameOf(value))}`}
              className="inline-grid place-items-center rounded p-1 text-muted hover:text-stop max-md:min-h-11 max-md:min-w-11"
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
          aria-invalid={error !== undefined}
          list={suggestions.length > 0 ? `${id}-suggestions` : undefined}
          className="min-w-24 flex-1 bg-transparent py-0.5 outline-none max-md:min-h-11 max-md:text-lg"
          onChange={(event) => type(event.target.value)}
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
      {suggestions.length > 0 && (
        <datalist id={`${id}-suggestions`}>
          {suggestions
            .filter(({ name }) => !values.includes(name))
            .slice(0, MAX_SUGGESTIONS)
            .map(({ name, detail }) => (
              <option key={name} value={name} label={labelOf(name, detail)} />
            ))}
        </datalist>
      )}
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

/** A name in which something can't be seen is also told with it marked. */
function labelOf(name: string, detail: string): string | undefined {
  const visible = visibleString(name);
  const parts = [visible === name ? '' : visible, visibleString(detail)].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? undefined : parts.join(', ');
}
