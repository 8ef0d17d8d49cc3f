'use client';

import {
  notificationEventSchema,
  routeListSchema,
  severitySchema,
  type Channel,
  type Route,
  type RouteList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { ChipsField } from '../../ui/chips-field.tsx';
import { CheckField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { EVENT_WORDS } from './channel-words.ts';
import { HoursFields } from './hours-fields.tsx';
import { checkRoute, draftOfRoute, emptyRoute, type RouteDraft } from './route-draft.ts';

const SEVERITIES = severitySchema.options.map((value) => ({
  value,
  text: value === 'low' ? 'low: everything' : value,
}));

export function RouteDialog({
  route,
  channels,
  onSaved,
  onClose,
}: {
  /** `null`: a new one. */
  route: Route | null;
  channels: readonly Channel[];
  onSaved: (list: RouteList) => void;
  onClose: () => void;
}) {
  const isNew = route === null;
  const [draft, setDraft] = useState<RouteDraft>(() =>
    isNew ? emptyRoute() : draftOfRoute(route),
  );
  const { sending, failure, errors, setErrors, start } = useSending();
  const set = (change: Partial<RouteDraft>) => setDraft((old) => ({ ...old, ...change }));
  const submit = async () => {
    const checked = checkRoute(draft);
    setErrors(checked.ok ? {} : checked.errors);
    if (!checked.ok) return;
    const path = isNew ? '/api/routes' : `/api/routes/${encodeURIComponent(route.id)}`;
    const body = isNew ? checked.input : { ...checked.input, version: route.version };
    await start(async () =>
      onSaved(await send(isNew ? 'POST' : 'PUT', path, body, routeListSchema)),
    );
  };
  return (
    <FormDialog
      title={isNew ? 'Add a route' : `Change ${route.title}`}
      submit={isNew ? 'Add it' : 'Save'}
      sending={sending}
      onSubmit={() => void submit()}
      onClose={onClose}
      wide
    >
      <TextField
        label="Name"
        value={draft.title}
        error={errors['title']}
        maxLength={80}
        data-focus-first
        onValue={(title) => set({ title })}
      />
      <Choices
        legend="Sends to"
        choices={channels.map(({ id, title }) => ({ value: id, text: title }))}
        chosen={draft.channels}
        error={errors['channels']}
        onChosen={(next) => set({ channels: next })}
      />
      <Choices
        legend="When"
        choices={notificationEventSchema.options.map((value) => ({
          value,
          text: EVENT_WORDS[value],
        }))}
        chosen={draft.match.events}
        error={errors['match.events']}
        onChosen={(events) => set({ match: { ...draft.match, events: [...events] } })}
      />
      <MatchFields draft={draft} errors={errors} onDraft={set} />
      <HoursFields hours={draft.hours} errors={errors} onHours={(hours) => set({ hours })} />
      <CheckField
        label="Switched on"
        checked={draft.enabled}
        onValue={(enabled) => set({ enabled })}
      />
      <FailureNote failure={failure} />
    </FormDialog>
  );
}

function MatchFields({
  draft: { match, steps },
  errors,
  onDraft,
}: {
  draft: RouteDraft;
  errors: Readonly<Record<string, string>>;
  onDraft: (change: Partial<RouteDraft>) => void;
}) {
  const set = (change: Partial<RouteDraft['match']>) => onDraft({ match: { ...match, ...change } });
  const faultIn = (list: string) =>
    Object.entries(errors).find(([path]) => path.startsWith(`match.${list}`))?.[1];
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <ChipsField
        label="Connections"
        hint="By their name in the address, with * and ?. None: all."
        values={match.connections}
        error={faultIn('connections')}
        onValues={(connections) => set({ connections: [...connections] })}
      />
      <ChipsField
        label="Groups that are asked"
        hint="None: any."
        values={match.groups}
        error={faultIn('groups')}
        onValues={(groups) => set({ groups: [...groups] })}
      />
      <ChipsField
        label="Chains"
        hint="By their name in the policy, with * and ?. None: all."
        values={match.chains}
        error={faultIn('chains')}
        onValues={(chains) => set({ chains: [...chains] })}
      />
      <ChipsField
        label="Steps"
        hint="Numbers from 1: which step of the chain asks. None: any."
        values={steps}
        error={faultIn('steps') && 'Numbers from 1.'}
        onValues={(next) => onDraft({ steps: next })}
      />
      <SelectField
        label="Least severity"
        hint="It follows from what happened: critical is a freeze or a broken glass, low a settlement."
        value={match.minSeverity}
        options={SEVERITIES}
        onValue={(minSeverity) => set({ minSeverity })}
      />
    </div>
  );
}

function Choices<Value extends string>({
  legend,
  choices,
  chosen,
  error,
  onChosen,
}: {
  legend: string;
  choices: readonly { readonly value: Value; readonly text: string }[];
  chosen: readonly Value[];
  error: string | undefined;
  onChosen: (chosen: readonly Value[]) => void;
}) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="font-medium">{legend}</legend>
      <div className="grid gap-x-4 gap-y-1 md:grid-cols-2">
        {choices.map(({ value, text }) => (
          <CheckField
            key={value}
            label={<VisibleText text={text} />}
            checked={chosen.includes(value)}
            onValue={(checked) =>
              onChosen(checked ? [...chosen, value] : chosen.filter((one) => one !== value))
            }
          />
        ))}
      </div>
      {error !== undefined && (
        <p className="text-sm font-medium text-stop" data-field-error>
          {error}
        </p>
      )}
    </fieldset>
  );
}
