'use client';

import { peopleListSchema, type PersonRef } from '@holdpoint/contracts';
import { useId, useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { FilterField } from '../../ui/field.tsx';
import { ErrorState } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** One of the people who have signed in. A short list to choose from, narrowed by typing. */
export function PersonPicker({
  label,
  hint,
  value,
  error,
  onValue,
}: {
  label: string;
  hint: string;
  value: PersonRef | null;
  error: string | undefined;
  onValue: (person: PersonRef) => void;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const { data, failure, retry } = useApi(
    `/api/people?${new URLSearchParams({ q: text })}`,
    peopleListSchema,
  );
  const found = data?.items ?? [];
  const shown =
    value === null || found.some(({ key }) => key === value.key) ? found : [value, ...found];
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" aria-describedby={`${id}-hint`}>
      <legend className="font-medium">{label}</legend>
      <p id={`${id}-hint`} className="text-sm text-muted">
        {hint}
        {error !== undefined && (
          <span className="block font-medium text-stop" data-field-error>
            {error}
          </span>
        )}
      </p>
      <FilterField label="Find by name or e-mail" value={text} maxLength={200} onValue={setText} />
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      <div className="max-h-48 overflow-auto rounded-md border border-line">
        {shown.map((person) => (
          <label
            key={person.key}
            title={person.key}
            className="flex items-start gap-2 border-b border-line px-3 py-2 last:border-b-0 hover:bg-raised"
          >
            <input
              type="radio"
              name={id}
              className="mt-1 accent-(--accent)"
              checked={person.key === value?.key}
              onChange={() => onValue(person)}
            />
            <span className="min-w-0">
              <VisibleText text={person.name} />
              <span className="block text-sm break-all text-muted">
                {person.email ?? person.key}
              </span>
            </span>
          </label>
        ))}
        {data !== undefined && shown.length === 0 && (
          <p className="px-3 py-2 text-muted">Nobody who has signed in is called that.</p>
        )}
      </div>
    </fieldset>
  );
}
