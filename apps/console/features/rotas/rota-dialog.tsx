'use client';

import { rotaListSchema, type Rota, type RotaList } from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { OverrideFields } from './override-fields.tsx';
import { PeopleFields } from './people-fields.tsx';
import { checkRota, draftOf, emptyDraft, type RotaDraft } from './rota-draft.ts';

const SHIFTS = [
  { value: 'daily', text: 'Every day' },
  { value: 'weekly', text: 'Every week' },
] as const;

export function RotaDialog({
  rota,
  onSaved,
  onClose,
}: {
  /** `null`: a new one. */
  rota: Rota | null;
  onSaved: (list: RotaList) => void;
  onClose: () => void;
}) {
  const isNew = rota === null;
  const [draft, setDraft] = useState<RotaDraft>(() =>
    isNew ? emptyDraft(new Date()) : draftOf(rota),
  );
  const { sending, failure, errors, setErrors, start } = useSending();
  const set = (change: Partial<RotaDraft>) => setDraft((old) => ({ ...old, ...change }));
  const submit = async () => {
    const checked = checkRota(draft);
    setErrors(checked.ok ? {} : checked.errors);
    if (!checked.ok) return;
    const path = isNew ? '/api/rotas' : `/api/rotas/${rota.name}`;
    const body = isNew ? checked.input : { ...checked.input, version: rota.version };
    await start(async () =>
      onSaved(await send(isNew ? 'POST' : 'PUT', path, body, rotaListSchema)),
    );
  };
  return (
    <FormDialog
      title={isNew ? 'Make a rota' : rota.title}
      submit={isNew ? 'Make it' : 'Save'}
      sending={sending}
      onSubmit={() => void submit()}
      onClose={onClose}
      wide
    >
      <div className="grid gap-4 md:grid-cols-2">
        <TextField
          label="Name"
          hint={isNew ? 'How chains name it, such as platform-nights.' : 'Chains name it so.'}
          value={draft.name}
          error={errors['name']}
          disabled={!isNew}
          maxLength={63}
          autoFocus={isNew}
          onValue={(name) => set({ name })}
        />
        <TextField
          label="Title"
          value={draft.title}
          error={errors['title']}
          maxLength={120}
          onValue={(title) => set({ title })}
        />
        <SelectField
          label="It changes"
          value={draft.shift}
          options={SHIFTS}
          onValue={(shift) => set({ shift })}
        />
        <TextField
          label="At"
          type="time"
          hint="By the clocks of its time zone."
          value={draft.handOver}
          error={errors['handOver']}
          onValue={(handOver) => set({ handOver })}
        />
        <TextField
          label="First day"
          type="date"
          hint="When the first person begins; weekly ones change on its day of the week."
          value={draft.startsOn}
          error={errors['startsOn']}
          onValue={(startsOn) => set({ startsOn })}
        />
        <TextField
          label="Time zone"
          hint="Such as Europe/Berlin."
          value={draft.timeZone}
          error={errors['timeZone']}
          onValue={(timeZone) => set({ timeZone })}
        />
      </div>
      <PeopleFields
        people={draft.people}
        error={errors['people']}
        onPeople={(people) => set({ people })}
      />
      <OverrideFields
        people={draft.people}
        overrides={draft.overrides}
        timeZone={draft.timeZone}
        errors={errors}
        onOverrides={(overrides) => set({ overrides })}
      />
      <FailureNote failure={failure} />
    </FormDialog>
  );
}
