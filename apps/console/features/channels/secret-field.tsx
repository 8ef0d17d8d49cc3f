'use client';

import { TextField } from '../../ui/field.tsx';

/** One secret of a channel, as the form has it. */
export interface SecretDraft {
  /** As typed. */
  readonly value: string;
  /** One is stored, and stays where nothing is typed. */
  readonly isStored: boolean;
  readonly onValue: (value: string) => void;
}

/** What is typed once and never shown again. */
export function SecretField({
  label,
  secret: { value, isStored, onValue },
  hint = 'Sealed, and never shown again.',
  storedHint = 'Empty: the stored one stays.',
  error,
}: {
  label: string;
  secret: SecretDraft;
  hint?: string;
  storedHint?: string;
  error: string | undefined;
}) {
  return (
    <TextField
      type="password"
      autoComplete="new-password"
      placeholder={isStored ? '••••••••' : undefined}
      label={label}
      hint={isStored ? storedHint : hint}
      value={value}
      error={error}
      onValue={onValue}
    />
  );
}
