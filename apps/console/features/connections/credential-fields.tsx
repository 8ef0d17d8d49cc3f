'use client';

import type { Connection, CredentialInput } from '@holdpoint/contracts';
import { SelectField, TextField } from '../../ui/field.tsx';
import type { ConnectionDraft, FieldErrors } from './connection-draft.ts';

const KINDS: readonly { readonly value: CredentialInput['kind']; readonly text: string }[] = [
  { value: 'none', text: 'None' },
  { value: 'bearer', text: 'Bearer token' },
  { value: 'header', text: 'A header of its own' },
];

interface Props {
  draft: ConnectionDraft;
  stored: Connection['credentialKind'] | null;
  errors: FieldErrors;
  onChange: (change: Partial<ConnectionDraft>) => void;
}

/** What the gateway presents to the server. It goes in and never comes out again. */
export function CredentialFields({ draft, stored, errors, onChange }: Props) {
  const keeps = stored !== null && stored !== 'none' && stored === draft.credentialKind;
  const hint = keeps
    ? 'One is stored and is never shown. Leave empty to keep it.'
    : 'Stored encrypted, never shown again.';
  return (
    <div className="mt-4 grid gap-4 md:grid-cols-3">
      <SelectField
        label="Credential"
        hint="Only the gateway has it; agents never see it."
        value={draft.credentialKind}
        options={KINDS}
        onValue={(credentialKind) => onChange({ credentialKind, secret: '', headerName: '' })}
      />
      {draft.credentialKind === 'header' && (
        <TextField
          label="Header name"
          value={draft.headerName}
          error={errors['credential.name']}
          spellCheck={false}
          onValue={(headerName) => onChange({ headerName })}
        />
      )}
      {draft.credentialKind !== 'none' && (
        <TextField
          label={draft.credentialKind === 'bearer' ? 'Token' : 'Header value'}
          type="password"
          autoComplete="off"
          hint={hint}
          value={draft.secret}
          error={errors['credential.token'] ?? errors['credential.value'] ?? errors['credential']}
          onValue={(secret) => onChange({ secret })}
        />
      )}
    </div>
  );
}
