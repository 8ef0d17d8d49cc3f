'use client';

import { Button } from '../../ui/button.tsx';
import { CheckField, TextField } from '../../ui/field.tsx';
import { EMPTY_CLIENT, type ClientDraft, type FieldErrors } from './connection-draft.ts';

const MOST_CLIENTS = 50;

interface Props {
  clients: readonly ClientDraft[];
  errors: FieldErrors;
  onClients: (clients: readonly ClientDraft[]) => void;
}

/** Kinds of clients by what they call themselves; the first that matches a held call counts. */
export function ClientsEditor({ clients, errors, onClients }: Props) {
  const change = (index: number, changed: Partial<ClientDraft>) =>
    onClients(clients.map((old, at) => (at === index ? { ...old, ...changed } : old)));
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        How long a held call of a client may wait, where that differs from the time above. The first
        that matches counts; Claude Code, Claude Desktop, mcp-remote and mcporter are known without.
        A client names itself, so nothing but its waiting depends on this.
      </p>
      {errors['clients'] !== undefined && (
        <p className="text-sm font-medium text-stop" data-field-error>
          {errors['clients']}
        </p>
      )}
      {clients.length > 0 && (
        <ol className="flex flex-col gap-4" aria-label="Clients">
          {clients.map((client, index) => (
            <li key={index} className="border-l-3 border-accent pl-4">
              <ClientFields
                client={client}
                place={index + 1}
                errorOf={(field) => errors[`clients.${index}.${field}`]}
                onChange={(changed) => change(index, changed)}
                onRemove={() => onClients(clients.filter((_, at) => at !== index))}
              />
            </li>
          ))}
        </ol>
      )}
      <Button
        className="self-start"
        disabled={clients.length >= MOST_CLIENTS}
        onClick={() => onClients([...clients, EMPTY_CLIENT])}
      >
        Add a client
      </Button>
    </div>
  );
}

function ClientFields({
  client,
  place,
  errorOf,
  onChange,
  onRemove,
}: {
  client: ClientDraft;
  place: number;
  errorOf: (field: keyof ClientDraft) => string | undefined;
  onChange: (changed: Partial<ClientDraft>) => void;
  onRemove: () => void;
}) {
  return (
    <fieldset className="grid gap-3 md:grid-cols-[2fr_1fr_1fr_auto]">
      <legend className="sr-only">Client {place}</legend>
      <TextField
        label="Name"
        placeholder="claude-code*"
        hint="* stands for anything."
        value={client.name}
        error={errorOf('name')}
        spellCheck={false}
        autoCapitalize="none"
        onValue={(name) => onChange({ name })}
      />
      <TextField
        label="Version"
        placeholder="any"
        value={client.version}
        error={errorOf('version')}
        spellCheck={false}
        onValue={(version) => onChange({ version })}
      />
      <TextField
        label="Waits (seconds)"
        placeholder="as above"
        inputMode="numeric"
        value={client.holdDeadlineS}
        error={errorOf('holdDeadlineS')}
        onValue={(holdDeadlineS) => onChange({ holdDeadlineS })}
      />
      <Button
        look="quiet"
        className="self-start md:mt-6"
        aria-label={`Remove client ${place}`}
        onClick={onRemove}
      >
        Remove
      </Button>
      <div className="flex flex-col gap-2 md:col-span-4">
        <CheckField
          label="Resets its timeout on progress"
          hint="It then waits as long as it stays, where it asks to be told of progress."
          checked={client.resetsOnProgress}
          onValue={(resetsOnProgress) => onChange({ resetsOnProgress })}
        />
        <CheckField
          label="SSE polling"
          hint="Its stream is closed early and resumed by it (2025-11-25). Only for clients known to come back."
          error={errorOf('polling')}
          checked={client.polling}
          onValue={(polling) => onChange({ polling })}
        />
      </div>
    </fieldset>
  );
}
