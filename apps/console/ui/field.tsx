'use client';

import { useEffect, useId, useRef, useState } from 'react';

const CONTROL =
  'w-full min-h-9 max-md:min-h-11 rounded-md border bg-surface px-2.5 py-1.5 text-ink max-md:text-lg disabled:opacity-60';

const controlClass = (error: string | undefined) =>
  `${CONTROL} ${error === undefined ? 'border-strong-line' : 'border-stop'}`;

interface FieldProps {
  label: string;
  hint?: React.ReactNode;
  error?: string | undefined;
}

/** Wires a control's name, hint and error together. */
function Labelled({
  label,
  hint,
  error,
  children,
}: FieldProps & {
  children: (control: { id: string; describedBy: string | undefined }) => React.ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [hint === undefined ? '' : hintId, error === undefined ? '' : errorId]
    .join(' ')
    .trim();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, describedBy: describedBy === '' ? undefined : describedBy })}
      {hint !== undefined && (
        <p id={hintId} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={errorId} className="text-sm font-medium text-stop" data-field-error>
          {error}
        </p>
      )}
    </div>
  );
}

/** Some lines of text, letter by letter: keys, addresses, lists. */
export function TextAreaField({
  label,
  hint,
  error,
  value,
  onValue,
}: FieldProps & { value: string; onValue: (value: string) => void }) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          rows={2}
          spellCheck={false}
          aria-describedby={describedBy}
          aria-invalid={error !== undefined}
          className={`${controlClass(error)} font-mono text-sm max-md:text-base`}
          value={value}
          onChange={(event) => onValue(event.target.value)}
        />
      )}
    </Labelled>
  );
}

export function TextField({
  label,
  hint,
  error,
  onValue,
  ...rest
}: FieldProps &
  Omit<React.ComponentProps<'input'>, 'id' | 'onChange'> & { onValue: (value: string) => void }) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <input
          id={id}
          aria-describedby={describedBy}
          aria-invalid={error !== undefined}
          className={controlClass(error)}
          onChange={(event) => onValue(event.target.value)}
          {...rest}
        />
      )}
    </Labelled>
  );
}

export function SelectField<Value extends string>({
  label,
  hint,
  error,
  value,
  options,
  onValue,
}: FieldProps & {
  value: Value;
  options: readonly { readonly value: Value; readonly text: string }[];
  onValue: (value: Value) => void;
}) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <select
          id={id}
          aria-describedby={describedBy}
          className={controlClass(error)}
          value={value}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.target.value);
            if (chosen !== undefined) onValue(chosen.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function CheckField({
  label,
  hint,
  error,
  checked,
  onValue,
  focusFirst = false,
}: {
  label: React.ReactNode;
  hint?: React.ReactNode;
  error?: string | undefined;
  checked: boolean;
  onValue: (checked: boolean) => void;
  /** Where a dialog begins, if it is the first of its fields that can be changed. */
  focusFirst?: boolean;
}) {
  return (
    <label className="flex items-start gap-2 max-md:min-h-11 max-md:py-2.5">
      <input
        type="checkbox"
        data-focus-first={focusFirst || undefined}
        className="mt-0.5 size-4 accent-(--accent)"
        aria-invalid={error !== undefined}
        checked={checked}
        onChange={(event) => onValue(event.target.checked)}
      />
      <span className="min-w-0">
        {label}
        {hint !== undefined && <span className="block text-sm text-muted">{hint}</span>}
        {error !== undefined && (
          <span className="block text-sm font-medium text-stop" data-field-error>
            {error}
          </span>
        )}
      </span>
    </label>
  );
}

/** A filter's text, handed on when typing pauses. */
export function FilterField({
  label,
  value,
  onValue,
  ...rest
}: Omit<React.ComponentProps<'input'>, 'value' | 'onChange'> & {
  label: string;
  value: string;
  onValue: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const latest = useRef(onValue);
  useEffect(() => {
    latest.current = onValue;
  });
  // The address may change without us: a link, "clear", the back button.
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const stop = () => {
      clearTimeout(timer);
      document.removeEventListener('click', handOn, true);
    };
    const handOn = () => {
      stop();
      latest.current(text);
    };
    const timer = setTimeout(handOn, 300);
    // Ahead of what a click does: a filter is a change of the address, and one that came after the
    // click on a link would end that navigation.
    document.addEventListener('click', handOn, true);
    return stop;
  }, [text, value]);
  return <TextField label={label} value={text} onValue={setText} {...rest} />;
}
