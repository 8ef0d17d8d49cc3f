'use client';

import { approvalDetailSchema, type ApprovalDetail, type ApprovalEdit } from '@holdpoint/contracts';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { AskedAndChanged } from '../arguments/asked-and-changed.tsx';
import { VerdictFailure } from './verdict-failure.tsx';

interface Props {
  approval: ApprovalDetail;
  onChanged: (answer: ApprovalDetail) => void;
}

/** Arguments that a reviewer changed: what was asked against what runs, and what became of earlier ones. */
export function ApprovalEdits({ approval, onChanged }: Props) {
  const { current, earlier } = approval.edits;
  if (current === null && earlier.length === 0) return null;
  return (
    <section aria-labelledby="edits" className="flex max-w-4xl flex-col gap-3">
      {current === null ? (
        <h2 id="edits" className="font-semibold">
          The arguments are as the agent asked
        </h2>
      ) : (
        <Current approval={approval} edit={current} onChanged={onChanged} />
      )}
      {earlier.length > 0 && (
        <Disclosure title={`Earlier proposals (${earlier.length})`}>
          <ol className="flex flex-col gap-4">
            {earlier.map((edit) => (
              <li key={edit.id} className="flex min-w-0 flex-col gap-1">
                <Line edit={edit} />
                <Difference approval={approval} edit={edit} />
              </li>
            ))}
          </ol>
        </Disclosure>
      )}
    </section>
  );
}

function Current({ approval, edit, onChanged }: Props & { edit: ApprovalEdit }) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const withdraw = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/approvals/${encodeURIComponent(approval.id)}/edits/withdraw`;
      onChanged(await send('POST', path, { number: edit.number }, approvalDetailSchema));
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <div
      className="flex min-w-0 flex-col gap-3 rounded-lg border border-hold/60 p-4"
      data-testid="approval-edit"
    >
      <h2 id="edits" className="font-semibold">
        <VisibleText text={edit.editor.name} />{' '}
        {approval.state === 'held'
          ? 'proposes other arguments: on approval these run, not what the agent asked'
          : 'changed the arguments'}
      </h2>
      <Line edit={edit} />
      <Difference approval={approval} edit={edit} />
      <VerdictFailure failure={failure} approvalId={approval.id} words={null} />
      {approval.edits.mayWithdraw && (
        <div className="flex flex-wrap items-center gap-3">
          <Button
            size="small"
            disabled={sending}
            data-testid="edit-withdraw"
            onClick={() => void withdraw()}
          >
            {sending ? 'Sending…' : 'Back to what was asked'}
          </Button>
          <span className="text-sm text-muted">
            The chain then begins anew; nothing runs by it.
          </span>
        </div>
      )}
    </div>
  );
}

const STATE_WORDS: Readonly<Record<ApprovalEdit['state'], string>> = {
  proposed: 'Proposed',
  'in-force': 'Approved',
  withdrawn: 'Taken back',
  superseded: 'Replaced by another proposal',
};

function Line({ edit }: { edit: ApprovalEdit }) {
  return (
    <p className="text-sm text-muted">
      {STATE_WORDS[edit.state]}. By <VisibleText text={edit.editor.name} />, <Utc at={edit.at} />
      {edit.note !== null && (
        <>
          : “<VisibleText text={edit.note} shape="block" />”
        </>
      )}
    </p>
  );
}

function Difference({ approval, edit }: { approval: ApprovalDetail; edit: ApprovalEdit }) {
  // Where nothing is changed any more, what was asked is what would run.
  const asked = approval.edits.askedArgumentsText ?? approval.argumentsText;
  if (asked === null || edit.argumentsText === null)
    return <p className="text-muted">The arguments are not shown: your role may not open them.</p>;
  return <AskedAndChanged asked={asked} changed={edit.argumentsText} />;
}
