'use client';

import type { RouteMatch } from '@holdpoint/contracts';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import { DaysField } from './days-field.tsx';
import { emptyHours } from './route-draft.ts';

type Hours = RouteMatch['hours'];

const WHEN = [
  { value: 'inside', text: 'Within these hours' },
  { value: 'outside', text: 'Outside of these hours' },
] as const;

/** When a route sends; at any time where it has no hours. */
export function HoursFields({
  hours,
  errors,
  onHours,
}: {
  hours: Hours;
  errors: Readonly<Record<string, string>>;
  onHours: (hours: Hours) => void;
}) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="font-medium">Hours</legend>
      <CheckField
        label="Only at certain hours"
        checked={hours !== null}
        onValue={(checked) => onHours(checked ? emptyHours() : null)}
      />
      {hours !== null && (
        <>
          <DaysField
            days={hours.days}
            error={errors['match.hours.days']}
            onDays={(days) => onHours({ ...hours, days })}
          />
          <div className="grid gap-3 md:grid-cols-4">
            <SelectField
              label="Sends"
              value={hours.when}
              options={WHEN}
              onValue={(when) => onHours({ ...hours, when })}
            />
            <TextField
              label="From"
              type="time"
              value={hours.from}
              error={errors['match.hours.from']}
              onValue={(from) => onHours({ ...hours, from })}
            />
            <TextField
              label="To"
              type="time"
              value={hours.to}
              error={errors['match.hours.to']}
              onValue={(to) => onHours({ ...hours, to })}
            />
            <TextField
              label="Time zone"
              value={hours.timeZone}
              error={errors['match.hours.timeZone']}
              onValue={(timeZone) => onHours({ ...hours, timeZone })}
            />
          </div>
        </>
      )}
    </fieldset>
  );
}
