'use client';

import {
  policyProposalSchema,
  policyVersionSchema,
  type PolicyInForce,
  type PolicyVersion,
} from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { CaseResults } from './case-results.tsx';
import { ChangesView } from './changes-view.tsx';
import { useValidation } from './use-validation.ts';

interface Props {
  version: PolicyVersion;
  inForce: PolicyInForce;
  onClose: () => void;
}

/** An earlier version, published again as a new one. */
export function RollBackDialog({ version, inForce, onClose }: Props) {
  const router = useRouter();
  const { mutate } = useSWRConfig();
  const { secondAdmin, version: current } = inForce;
  const { result } = useValidation(version.source, version.cases, current.number);
  const [note, setNote] = useState(`Back to version ${version.number}.`);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();

  const publish = async () => {
    setSending(true);
    setFailure(undefined);
    const path = `/api/policy/versions/${version.number}`;
    const body = { base: current.number, note: note.trim() };
    try {
      if (secondAdmin) {
        const { id } = await send('POST', `${path}/propose`, body, policyProposalSchema);
        router.push(`/policies/proposals/${id}`);
      } else {
        await send('POST', `${path}/publish`, body, policyVersionSchema);
        router.push('/policies');
      }
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    } finally {
      void mutate((key) => typeof key === 'string' && key.startsWith('/api/policy'));
    }
  };

  return (
    <Dialog wide title={`Publish version ${version.number} again`} onClose={onClose}>
      <form
        className="flex min-w-0 flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void publish();
        }}
      >
        <p>It becomes version {current.number + 1}, with its test cases as they were.</p>
        {result !== undefined && (
          <>
            <ChangesView changes={result.changes} />
            <CaseResults cases={result.cases} />
          </>
        )}
        <DiffView before={current.source} after={version.source} />
        <TextField
          label="Note"
          error={failure?.fields['note']}
          value={note}
          maxLength={500}
          onValue={setNote}
        />
        <FailureNote failure={failure} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" look="primary" disabled={sending || note.trim() === ''}>
            {secondAdmin ? 'Propose' : 'Publish again'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
