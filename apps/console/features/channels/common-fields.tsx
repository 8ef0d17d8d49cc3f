'use client';

import { CheckField } from '../../ui/field.tsx';
import type { SecretDraft } from './secret-field.tsx';

/** What the fields of a kind with one secret are given. */
export interface FieldsProps<Draft> {
  config: Draft;
  secret: SecretDraft;
  errors: Readonly<Record<string, string>>;
  onConfig: (config: Draft) => void;
}

/** What may be shown and reached, for every kind that shows arguments. */
export function CommonChecks({
  config: { withArguments, allowPrivate },
  onChange,
}: {
  config: { readonly withArguments: boolean; readonly allowPrivate: boolean };
  onChange: (change: { withArguments?: boolean; allowPrivate?: boolean }) => void;
}) {
  return (
    <>
      <CheckField
        label="With the arguments"
        hint="Masked by the connection’s masks, secrets always, and cut where they are long."
        checked={withArguments}
        onValue={(checked) => onChange({ withArguments: checked })}
      />
      <PrivateCheck
        checked={allowPrivate}
        onValue={(checked) => onChange({ allowPrivate: checked })}
      />
    </>
  );
}

export function PrivateCheck({
  checked,
  onValue,
}: {
  checked: boolean;
  onValue: (checked: boolean) => void;
}) {
  return (
    <CheckField
      label="The address is private"
      hint="Lets it lead into the own network or to this machine. Metadata services stay refused."
      checked={checked}
      onValue={onValue}
    />
  );
}
