'use client';

import type { PersonRef } from '@holdpoint/contracts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import type { OverrideDraft } from './rota-draft.ts';

/** Somebody of the rota takes over for a while, whoever's turn it is. */
export function OverrideFields({
  people,
  overrides,
  timeZone,
  errors,
  onOverrides,
}: {
  people: readonly PersonRef[];
  overrides: readonly OverrideDraft[];
  timeZone: string;
  errors: Readonly<Record<string, string>>;
  onOverrides: (overrides: readonly OverrideDraft[]) => void;
}) {
  const change = (index: number, part: Partial<OverrideDraft>) =>
    onOverrides(overrides.map((old, at) => (at === index ? { ...old, ...part } : old)));
  const options = [
    { value: '', text: 'Choose…' },
    ...people.map(({ key, name }) => ({ value: key, text: name })),
  ];
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="font-medium">Overrides</legend>
      <p className="text-sm text-muted">Who takes over, and when, by the clocks of {timeZone}.</p>
      {overrides.map(({ person, from, to }, index) => (
        <div key={index} className="grid gap-3 md:grid-cols-[1fr_1fr_1fr_auto]">
          <SelectField
            label={`Override ${index + 1}: who`}
            value={person}
            error={errors[`overrides.${index}.person`]}
            options={
              options.some(({ value }) => value === person)
                ? options
                : [...options, { value: person, text: person.split('|').at(-1) ?? person }]
            }
            onValue={(next) => change(index, { person: next })}
          />
          <TextField
            label="From"
            type="datetime-local"
            value={from}
            error={errors[`overrides.${index}.from`]}
            onValue={(next) => change(index, { from: next })}
          />
          <TextField
            label="To"
            type="datetime-local"
            value={to}
            error={errors[`overrides.${index}.to`]}
            onValue={(next) => change(index, { to: next })}
          />
          <Button
            look="quiet"
            className="self-start md:mt-6"
            aria-label={`Remove override ${index + 1}`}
            onClick={() => onOverrides(overrides.toSpliced(index, 1))}
          >
            Remove
          </Button>
        </div>
      ))}
      <Button
        size="small"
        className="self-start"
        disabled={people.length === 0}
        onClick={() => onOverrides([...overrides, { person: '', from: '', to: '' }])}
      >
        Add an override
      </Button>
    </fieldset>
  );
}
