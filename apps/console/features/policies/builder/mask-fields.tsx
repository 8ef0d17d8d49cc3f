'use client';

import type { MaskValues } from '@holdpoint/policy/edit';
import { Button } from '../../../ui/button.tsx';
import { SelectField } from '../../../ui/field.tsx';
import { CommittedField } from './committed-field.tsx';

const DETECTORS = ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'];
const STYLES = [
  { value: 'redact', text: 'a placeholder' },
  { value: 'partial', text: 'its last characters' },
  { value: 'drop', text: 'nothing' },
] as const;

/** What is taken out of answers: values of a form, or fields of a name. */
export function MaskFields({
  masks,
  error,
  onChange,
}: {
  masks: readonly MaskValues[];
  error: string | undefined;
  onChange: (masks: readonly MaskValues[]) => void;
}) {
  const set = (index: number, mask: MaskValues) => onChange(masks.with(index, mask));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2 rounded-md border border-line bg-surface p-3">
      <legend className="px-1 font-semibold">Masked in answers</legend>
      {masks.length === 0 && <p className="text-sm text-muted">Nothing.</p>}
      {masks.map((mask, index) => (
        <div key={index} className="flex flex-wrap items-end gap-3 rounded-md bg-raised p-2">
          {mask.field === undefined ? (
            <Detectors
              chosen={mask.detect ?? []}
              onChange={(detect) => detect.length > 0 && set(index, { ...mask, detect })}
            />
          ) : (
            <div className="min-w-40 flex-1">
              <CommittedField
                label="Field"
                hint="Names with dots; * for one, ** for any number."
                value={mask.field}
                onCommit={(field) => field !== '' && set(index, { ...mask, field })}
              />
            </div>
          )}
          <div className="w-44">
            <SelectField
              label="What is left"
              value={mask.as ?? ''}
              options={
                STYLES.some(({ value }) => value === mask.as)
                  ? STYLES
                  : [...STYLES, { value: mask.as ?? '', text: mask.as ?? 'not said' }]
              }
              onValue={(as) => set(index, { ...mask, as })}
            />
          </div>
          <Button
            look="quiet"
            aria-label={`Remove mask ${index + 1}`}
            onClick={() => onChange(masks.toSpliced(index, 1))}
          >
            Remove
          </Button>
        </div>
      ))}
      {error !== undefined && (
        <p className="text-sm font-medium text-stop" data-field-error>
          {error}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          onClick={() => onChange([...masks, { detect: ['email', 'phone'], as: 'redact' }])}
        >
          Mask values by their form
        </Button>
        <Button
          size="small"
          onClick={() => onChange([...masks, { field: '**.salary', as: 'drop' }])}
        >
          Mask a field by its name
        </Button>
      </div>
    </fieldset>
  );
}

function Detectors({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  // One that isn't known is kept until its author takes it away.
  const all = [...DETECTORS, ...chosen.filter((name) => !DETECTORS.includes(name))];
  return (
    <div
      role="group"
      aria-label="What is found"
      className="flex min-w-40 flex-1 flex-wrap gap-x-4 gap-y-1 py-1.5"
    >
      {all.map((name) => (
        <label key={name} className="flex items-center gap-1.5">
          <input
            type="checkbox"
            className="size-4 accent-(--accent)"
            checked={chosen.includes(name)}
            onChange={(event) =>
              onChange(
                event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name),
              )
            }
          />
          {name}
        </label>
      ))}
    </div>
  );
}
