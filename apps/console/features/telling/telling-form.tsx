'use client';

import { severitySchema, type NotificationPreference, type Severity } from '@holdpoint/contracts';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { DaysField } from '../channels/days-field.tsx';

export interface TellingFieldsProps {
  draft: NotificationPreference;
  errors: Readonly<Record<string, string>>;
  onDraft: (draft: NotificationPreference) => void;
}

const NIGHTS: NotificationPreference['quiet'] = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '22:00',
  to: '08:00',
};

export function QuietFields({ draft, errors, onDraft }: TellingFieldsProps) {
  const { quiet, timeZone } = draft;
  return (
    <Panel title="Quiet hours">
      <div className="flex max-w-prose flex-col gap-3">
        <TextField
          label="Time zone"
          hint="Such as Europe/Berlin. Digests follow its clocks, too."
          value={timeZone}
          error={errors['timeZone']}
          onValue={(next) => onDraft({ ...draft, timeZone: next })}
        />
        <CheckField
          label="Tell me nothing at certain hours"
          checked={quiet !== null}
          onValue={(checked) => onDraft({ ...draft, quiet: checked ? NIGHTS : null })}
        />
        {quiet !== null && (
          <>
            <DaysField
              days={quiet.days}
              error={errors['quiet.days']}
              onDays={(days) => onDraft({ ...draft, quiet: { ...quiet, days } })}
            />
            <div className="grid gap-3 sm:grid-cols-2">
              <TextField
                label="From"
                type="time"
                value={quiet.from}
                error={errors['quiet.from']}
                onValue={(from) => onDraft({ ...draft, quiet: { ...quiet, from } })}
              />
              <TextField
                label="To"
                hint="Over midnight they belong to the day they begin on."
                type="time"
                value={quiet.to}
                error={errors['quiet.to']}
                onValue={(to) => onDraft({ ...draft, quiet: { ...quiet, to } })}
              />
            </div>
          </>
        )}
      </div>
    </Panel>
  );
}

const DIGESTS = [
  { value: 'none', text: 'Each call by itself' },
  { value: '15', text: 'Every 15 minutes what came' },
  { value: '60', text: 'Every hour what came' },
  { value: '240', text: 'Every 4 hours what came' },
  { value: 'daily', text: 'Once a day what waits' },
] as const;
type DigestChoice = (typeof DIGESTS)[number]['value'];

export function DigestFields({ draft, errors, onDraft }: TellingFieldsProps) {
  const { digest } = draft;
  return (
    <Panel title="Several in one message">
      <div className="grid max-w-prose gap-3 sm:grid-cols-2">
        <SelectField
          label="How often"
          hint="What was settled meanwhile is left out."
          value={choiceOf(digest)}
          options={DIGESTS}
          onValue={(choice) => onDraft({ ...draft, digest: digestOf(choice) })}
        />
        {digest.kind === 'daily' && (
          <TextField
            label="At"
            type="time"
            value={digest.at}
            error={errors['digest.at']}
            onValue={(at) => onDraft({ ...draft, digest: { ...digest, at } })}
          />
        )}
      </div>
    </Panel>
  );
}

function choiceOf(digest: NotificationPreference['digest']): DigestChoice {
  if (digest.kind !== 'every') return digest.kind;
  return digest.minutes === 15 ? '15' : digest.minutes === 60 ? '60' : '240';
}

function digestOf(choice: DigestChoice): NotificationPreference['digest'] {
  switch (choice) {
    case 'none':
      return { kind: 'none' };
    case 'daily':
      return { kind: 'daily', at: '09:00' };
    case '15':
      return { kind: 'every', minutes: 15 };
    case '60':
      return { kind: 'every', minutes: 60 };
    case '240':
      return { kind: 'every', minutes: 240 };
    default:
      return choice satisfies never;
  }
}

const LEAST: Readonly<Record<Severity, string>> = {
  low: 'low: everything',
  normal: 'normal: everything that asks',
  high: 'high: escalations, and steps that need a passkey',
  critical: 'critical: nothing that asks you by itself',
};

export function ThroughFields({ draft, onDraft }: TellingFieldsProps) {
  return (
    <Panel title="What is told at once, whatever the hour">
      <div className="flex max-w-prose flex-col gap-3">
        <CheckField
          label="Escalations to me"
          hint="Others did not decide in time, so that you are asked."
          checked={draft.escalations}
          onValue={(escalations) => onDraft({ ...draft, escalations })}
        />
        <CheckField
          label="What would be over by then"
          hint="Where a step’s deadline comes before you would be told. Unheard, it mostly denies."
          checked={draft.deadlines}
          onValue={(deadlines) => onDraft({ ...draft, deadlines })}
        />
        <SelectField
          label="Least severity"
          value={draft.least}
          options={severitySchema.options.map((value) => ({ value, text: LEAST[value] }))}
          onValue={(least) => onDraft({ ...draft, least })}
        />
      </div>
    </Panel>
  );
}
