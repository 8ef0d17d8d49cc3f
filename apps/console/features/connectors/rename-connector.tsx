'use client';

import {
  connectorRenameSchema,
  connectorSitesSchema,
  type Connector,
  type ConnectorSites,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { send } from '../../lib/api.ts';
import { useSending } from '../../lib/use-sending.ts';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FailureNote } from '../../ui/states.tsx';

export function RenameConnector({
  connector,
  onRenamed,
  onClose,
}: {
  connector: Connector;
  onRenamed: (sites: ConnectorSites) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(connector.name);
  const { sending, failure, errors, setErrors, start } = useSending();
  const rename = async () => {
    const input = connectorRenameSchema.safeParse({ name });
    setErrors(input.success ? {} : { name: input.error.issues[0]?.message ?? '' });
    if (!input.success) return;
    const path = `/api/connectors/${connector.id}`;
    await start(async () => onRenamed(await send('PUT', path, input.data, connectorSitesSchema)));
  };
  return (
    <FormDialog
      title="Rename the connector"
      submit="Rename"
      sending={sending || name === connector.name}
      onSubmit={() => void rename()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="For people. Its key stays what identifies it."
        value={name}
        error={errors['name']}
        maxLength={120}
        data-focus-first
        onValue={setName}
      />
      <FailureNote failure={failure} />
    </FormDialog>
  );
}
