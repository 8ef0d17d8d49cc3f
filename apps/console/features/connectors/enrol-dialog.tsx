'use client';

import {
  enrolmentCreatedSchema,
  enrolmentInputSchema,
  type EnrolmentCreated,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { fieldErrors, useSending } from '../../lib/use-sending.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';

const TIMES = [
  { value: '15', text: '15 minutes' },
  { value: '60', text: 'an hour' },
  { value: '1440', text: 'a day' },
] as const;

export function EnrolDialog({
  site: preset,
  sites,
  onMade,
  onClose,
}: {
  site: string;
  sites: readonly string[];
  onMade: (made: EnrolmentCreated) => void;
  onClose: () => void;
}) {
  const [site, setSite] = useState(preset);
  const [minutes, setMinutes] = useState<(typeof TIMES)[number]['value']>('60');
  const { sending, failure, errors, setErrors, start } = useSending();
  const isNew = site !== '' && !sites.includes(site);
  const make = async () => {
    const input = enrolmentInputSchema.safeParse({ site: site.trim(), minutes: Number(minutes) });
    setErrors(fieldErrors(input));
    if (!input.success) return;
    await start(async () =>
      onMade(await send('POST', '/api/connectors/enrolments', input.data, enrolmentCreatedSchema)),
    );
  };
  return (
    <FormDialog
      title="Enrol a connector"
      submit="Make the command"
      sending={sending}
      onSubmit={() => void make()}
      onClose={onClose}
    >
      <TextField
        label="Site"
        hint={
          isNew
            ? 'A new site. Connections will name it: connector://site/server. It can’t be changed later.'
            : 'Where it stands. Connectors of one site front the same servers, and share the calls.'
        }
        placeholder="warehouse"
        value={site}
        error={errors['site']}
        maxLength={63}
        spellCheck={false}
        autoCapitalize="none"
        list="connector-sites"
        data-focus-first
        onValue={setSite}
      />
      <datalist id="connector-sites">
        {sites.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <SelectField
        label="The token is good for"
        hint="For one connector. Enrolling is recorded under your name."
        value={minutes}
        options={TIMES}
        onValue={setMinutes}
      />
      <FailureNote failure={failure} />
    </FormDialog>
  );
}
