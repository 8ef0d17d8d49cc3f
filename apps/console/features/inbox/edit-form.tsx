'use client';

import { parseJson } from '@holdpoint/mcp';
import { approvalDetailSchema, editInputSchema, type ApprovalDetail } from '@holdpoint/contracts';
import { useId, useMemo, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { layOut } from '../../lib/json-lines.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { AskedAndChanged } from '../arguments/asked-and-changed.tsx';
import { VerdictFailure } from './verdict-failure.tsx';

interface Props {
  approval: ApprovalDetail;
  step: number;
  /** What was typed before a sign-in that it needed; `null` where nothing was. */
  words: string | null;
  /** The gateway's answer: nothing is shown as proposed before it. */
  onProposed: (answer: ApprovalDetail) => void;
  onClose: () => void;
}

/** Other arguments for the call, with what changes and what follows from it. */
export function EditForm({ approval, step, words, onProposed, onClose }: Props) {
  const id = useId();
  const before = approval.argumentsText ?? '{}';
  const [text, setText] = useState(words ?? before);
  const [note, setNote] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const fault = useMemo(() => faultOf(text), [text]);
  const asked = approval.edits.askedArgumentsText ?? before;
  const changes = layOut(text) !== layOut(before);

  const propose = async () => {
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/approvals/${encodeURIComponent(approval.id)}/edits`;
      const input = { step, argumentsText: text, ...(note.trim() !== '' && { note: note.trim() }) };
      onProposed(await send('POST', path, editInputSchema.parse(input), approvalDetailSchema));
    } catch (error) {
      // The dialog and the text stay: whatever went wrong, nothing that was written is lost.
      setFailure(toFailure(error));
      setSending(false);
    }
  };

  return (
    <Dialog title="Approve with changes" onClose={onClose} wide>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (fault === null && changes && !sending) void propose();
        }}
      >
        <p>
          This proposes other arguments. Verdicts given so far no longer count, the whole chain is
          asked again about your text, and <strong>another person has to approve it</strong>. The
          agent is told what ran.
        </p>
        <div className="flex min-w-0 flex-col gap-1">
          <div className="flex items-center justify-between gap-3">
            <label htmlFor={id} className="font-medium">
              Arguments (JSON)
            </label>
            <Button size="small" onClick={() => setText(layOut(text))} disabled={fault !== null}>
              Lay out in lines
            </Button>
          </div>
          <textarea
            id={id}
            rows={Math.min(14, Math.max(4, text.split('\n').length + 1))}
            value={text}
            spellCheck={false}
            autoCapitalize="off"
            autoCorrect="off"
            onChange={(event) => setText(event.target.value)}
            aria-invalid={fault !== null}
            aria-describedby={`${id}-fault`}
            data-focus-first
            data-testid="edit-arguments"
            className="w-full rounded-md border border-strong-line bg-surface px-3 py-2 font-mono text-sm max-md:text-base"
          />
          <p id={`${id}-fault`} role="status" className="text-sm font-medium text-stop">
            {fault}
          </p>
        </div>
        {changes && fault === null && (
          <div className="flex min-w-0 flex-col gap-1">
            <h3 className="font-medium">What changes, against what the agent asked</h3>
            <AskedAndChanged asked={asked} changed={text} />
          </div>
        )}
        <TextField
          label="Why (optional)"
          hint="The other reviewers and the agent read this."
          value={note}
          onValue={setNote}
          maxLength={2000}
        />
        <VerdictFailure failure={failure} approvalId={approval.id} words={{ form: 'edit', text }} />
        <div className="flex flex-wrap gap-3">
          <Button
            type="submit"
            look="primary"
            disabled={sending || fault !== null || !changes}
            data-testid="edit-propose"
          >
            {sending ? 'Sending…' : 'Propose these arguments'}
          </Button>
          <Button onClick={onClose} disabled={sending}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What the gateway would refuse at once; the tool's schema and the policy are its to check. */
function faultOf(text: string): string | null {
  try {
    return parseJson(text, { mode: 'strict' }).kind === 'object'
      ? null
      : 'Arguments are a JSON object.';
  } catch (error) {
    return `This can’t be read. ${error instanceof Error ? error.message : ''}`;
  }
}
