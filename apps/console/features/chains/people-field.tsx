'use client';

import { peopleListSchema } from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { ChipsField } from '../../ui/chips-field.tsx';

/** Reviewers by name: whoever has signed in is suggested while a name or address is typed. */
export function PeopleField({
  label,
  values,
  error,
  nameOf,
  onValues,
}: {
  label: string;
  values: readonly string[];
  error?: string | undefined;
  nameOf: (key: string) => string;
  onValues: (values: readonly string[]) => void;
}) {
  const [text, setText] = useState('');
  const { data } = useApi(
    text.trim() === '' ? '/api/people' : `/api/people?${new URLSearchParams({ q: text })}`,
    peopleListSchema,
  );
  return (
    <ChipsField
      label={label}
      hint="Type a name or e-mail address and choose. Who hasn’t signed in yet: issuer|subject."
      values={values}
      error={error}
      nameOf={nameOf}
      suggestions={(data?.items ?? []).map(({ key, name, email }) => ({
        name: key,
        detail: email === null ? name : `${name}, ${email}`,
      }))}
      onText={setText}
      onValues={onValues}
    />
  );
}
