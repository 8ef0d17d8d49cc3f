'use client';

import {
  policyProposalSchema,
  policyVersionSchema,
  type PolicyInForce,
  type PolicyIssue,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useSWRConfig } from 'swr';
import { ApiFailure, send, toFailure } from '../../lib/api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { CaseResults } from './case-results.tsx';
import { ChangesView } from './changes-view.tsx';
import type { KeptDraft } from './draft.ts';
import { useValidation } from './use-validation.ts';

interface Props {
  draft: KeptDraft;
  inForce: PolicyInForce;
  onClose: () => void;
  /** With the proposal, where another admin has to publish it. */
  onDone: (proposalId: string | null) => void;
}

/** The last look before a text becomes the policy, or is proposed to. */
export function PublishDialog({ draft, inForce, onClose, onDone }: Props) {
  const { mutate } = useSWRConfig();
  const { version, secondAdmin } = inForce;
  const { source, cases } = draft.text;
  const { result, failure: unchecked } = useValidation(source, cases, version.number);
  const [note, setNote] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();

  const publish = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      onDone(await sendDraft(draft, note, secondAdmin));
      draft.keeper.forget();
    } catch (error) {
      setFailure(toFailure(error));
      setSending(false);
    } finally {
      // Published or overtaken by someone: either way another version may be in force.
      void mutate((key) => typeof key === 'string' && key.startsWith('/api/policy'));
    }
  };
  const word = secondAdmin ? 'Propose' : 'Publish';
  const caseFails =
    result !== undefined &&
    (result.cases.issues.length > 0 ||
      result.cases.results.some(({ differences }) => differences.length > 0));

  return (
    <Dialog wide title={`${word} this policy`} onClose={onClose}>
      <form
        className="flex min-w-0 flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void publish();
        }}
      >
        <section className="flex flex-col gap-2">
          <h3 className="font-semibold">Against version {version.number}, in force</h3>
          {result === undefined ? (
            unchecked === undefined && <p className="text-muted">Comparing…</p>
          ) : (
            <ChangesView changes={result.changes} />
          )}
          <FailureNote failure={unchecked} />
          <DiffView before={version.source} after={source} />
        </section>
        {result !== undefined && result.warnings.length > 0 && (
          <Warnings warnings={result.warnings} />
        )}
        {result !== undefined && <CaseResults cases={result.cases} />}
        <TextField
          label="Note"
          hint="What changed and why. Everyone who reads the versions sees it."
          error={failure?.fields['note']}
          value={note}
          maxLength={500}
          onValue={setNote}
        />
        <FailureNote failure={failure} />
        {failure?.code === 'stale_version' && (
          <p>
            Your text is kept. Close this, look at what version {version.number} changed, and bring
            it in.
          </p>
        )}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" disabled={sending || caseFails}>
            {sending ? 'Sending…' : word}
          </Button>
          <Button onClick={onClose}>Back to the text</Button>
          <p className="text-sm text-muted">
            {secondAdmin
              ? 'Another admin looks at exactly this text and publishes it, or sends it back.'
              : 'It is in force for every call from then on, held ones included.'}
          </p>
        </div>
      </form>
    </Dialog>
  );
}

/** What is published is what is saved: the gateway compares both. */
async function sendDraft(
  { keeper, text: { source, cases, base } }: KeptDraft,
  note: string,
  propose: boolean,
): Promise<string | null> {
  const at = await keeper.flush();
  if (at === null)
    throw new ApiFailure(
      'draft_conflict',
      'The draft is not saved, so it can’t be published yet. Close this to see why.',
    );
  const body = { source, cases, base, note: note.trim(), draft: at };
  if (propose) return (await send('POST', '/api/policy/proposals', body, policyProposalSchema)).id;
  await send('POST', '/api/policy/publish', body, policyVersionSchema);
  return null;
}

function Warnings({ warnings }: { warnings: readonly PolicyIssue[] }) {
  return (
    <Notice tone="hold" title="Probably mistakes">
      <ul className="mt-1 list-disc pl-5">
        {warnings.map((warning, index) => (
          <li key={index} className="break-words">
            Line {warning.line}: {warning.message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
