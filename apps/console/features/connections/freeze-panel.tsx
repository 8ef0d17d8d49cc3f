'use client';

import { connectionSchema, freezeInputSchema, type Connection } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { formatUtc } from '../../lib/format.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { FailureNote } from '../../ui/states.tsx';

interface Props {
  connection: Connection;
  onChanged: (connection: Connection) => void;
}

/** The deny-everything switch. */
export function FreezePanel({ connection, onChanged }: Props) {
  const [asking, setAsking] = useState(false);
  const { frozen } = connection;
  return (
    <div>
      {frozen === null ? (
        <Button look="stop-outline" onClick={() => setAsking(true)}>
          <Icon name="snow" className="size-4" /> Deny everything…
        </Button>
      ) : (
        <Notice
          tone="stop"
          title={
            <span className="flex items-center gap-2">
              <Icon name="snow" /> Frozen: every call is denied, held ones too
            </span>
          }
        >
          <p>“{frozen.reason}”</p>
          <p className="text-sm text-muted">
            {frozen.by}, {formatUtc(frozen.at)}
          </p>
          <Button className="mt-2" size="small" onClick={() => setAsking(true)}>
            Open it again…
          </Button>
        </Notice>
      )}
      {asking && (
        <FreezeDialog
          connection={connection}
          onClose={() => setAsking(false)}
          onChanged={(changed) => {
            setAsking(false);
            onChanged(changed);
          }}
        />
      )}
    </div>
  );
}

function FreezeDialog({ connection, onClose, onChanged }: Props & { onClose: () => void }) {
  const freezing = connection.frozen === null;
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const [failure, setFailure] = useState<ApiFailure>();
  const submit = async () => {
    const input = freezeInputSchema.safeParse({ reason });
    setError(input.error?.issues[0]?.message);
    if (!input.success) return;
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/connections/${encodeURIComponent(connection.id)}/${freezing ? 'freeze' : 'unfreeze'}`;
      onChanged(await send('POST', path, input.data, connectionSchema));
    } catch (caught) {
      setFailure(toFailure(caught));
      setSending(false);
    }
  };
  return (
    <Dialog
      title={
        freezing ? `Deny everything on ${connection.title}?` : `Open ${connection.title} again?`
      }
      onClose={onClose}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>
          {freezing
            ? 'Held and new calls are denied at once. What is running already runs to its end.'
            : 'Calls are judged by the policy again. What was denied meanwhile stays denied.'}
        </p>
        <TextField
          label="Why?"
          hint="Agents and reviewers read this."
          value={reason}
          error={error}
          maxLength={500}
          onValue={setReason}
          autoFocus
        />
        <FailureNote failure={failure} />
        <div className="flex gap-3">
          <Button type="submit" look={freezing ? 'stop' : 'primary'} disabled={sending}>
            {freezing ? 'Deny everything' : 'Open it'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
