'use client';

import { weekdaySchema, type Weekday } from '@holdpoint/contracts';
import { CheckField } from '../../ui/field.tsx';

const DAY_NAMES: Readonly<Record<Weekday, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

export function DaysField({
  days,
  error,
  onDays,
}: {
  days: readonly Weekday[];
  error: string | undefined;
  onDays: (days: Weekday[]) => void;
}) {
  return (
    <>
      <div className="flex flex-wrap gap-x-4 gap-y-1" role="group" aria-label="Days">
        {weekdaySchema.options.map((day) => (
          <CheckField
            key={day}
            label={DAY_NAMES[day]}
            checked={days.includes(day)}
            onValue={(checked) =>
              onDays(
                weekdaySchema.options.filter((one) => (one === day ? checked : days.includes(one))),
              )
            }
          />
        ))}
      </div>
      {error !== undefined && (
        <p className="text-sm font-medium text-stop" data-field-error>
          {error}
        </p>
      )}
    </>
  );
}
