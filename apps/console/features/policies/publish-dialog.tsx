'use client';

import { policyVersionSchema, type PolicyVersion } from '@holdpoint/contracts';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';
import type { Draft } from './draft.ts';

interface Props {
  draft: Draft;
  inForce: PolicyVersion;
  onClose: () => void;
  onPublished: () => void;
}

/** The last look before a text becomes the policy. */
export function PublishDialog({ draft, inForce, onClose, onPublished }: Props) {
  const { mutate } = useSWRConfig();
  const [note, setNote] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();

  const publish = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      const body = { ...draft, ...(note.trim() === '' ? {} : { note: note.trim() }) };
      await send('POST', '/api/policy/publish', body, policyVersionSchema);
      onPublished();
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    } finally {
      // Published or overtaken by someone: either way another version may be in force.
      void mutate((key) => typeof key === 'string' && key.startsWith('/api/policy'));
    }
  };

  return (
    <Dialog wide title="Publish this policy" onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void publish();
        }}
      >
        <section className="flex flex-col gap-2">
          <h3 className="font-semibold">Against version {inForce.number}, in force</h3>
          <DiffView before={inForce.source} after={draft.source} />
        </section>
        <TextField
          label="Note"
          hint="What changed and why. Everyone who reads the versions sees it."
          value={note}
          maxLength={500}
          onValue={setNote}
        />
        <FailureNote failure={failure} />
        {failure?.code === 'stale_version' && (
          <p>
            Your text is kept. Close this, look at what version {inForce.number} changed, and
            continue on top of it.
          </p>
        )}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" disabled={sending}>
            {sending ? 'Publishing…' : 'Publish'}
          </Button>
          <Button onClick={onClose}>Back to the text</Button>
          <p className="text-sm text-muted">
            It is in force for every call from then on, held ones included.
          </p>
        </div>
      </form>
    </Dialog>
  );
}
