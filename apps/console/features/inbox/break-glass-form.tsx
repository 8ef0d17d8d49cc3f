'use client';

import {
  approvalDetailSchema,
  BREAK_GLASS_WORDS,
  breakGlassInputSchema,
  type ApprovalDetail,
} from '@holdpoint/contracts';
import { useEffect, useId, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { signFor } from '../passkeys/authenticator.ts';
import { takeWords } from './kept-words.ts';
import { shownOf } from './shown.ts';
import { VerdictFailure } from './verdict-failure.tsx';

interface Props {
  approval: ApprovalDetail;
  onDecided: (answer: ApprovalDetail) => void;
  onStale: () => void;
}

/** Approving past the chain. It has no key: nothing that is done in a hurry leads here. */
export function BreakGlassForm({ approval, onDecided, onStale }: Props) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const { may } = approval.breakGlass;
  useEffect(() => {
    const kept = takeWords(approval.id, 'break-glass');
    if (kept === null) return;
    setReason(kept);
    setOpen(true);
  }, [approval.id]);
  if (approval.state !== 'held' || may?.ok !== true) return null;
  return (
    <section aria-label="Break-glass" className="max-w-3xl">
      {open ? (
        <Opened
          approval={approval}
          reason={reason}
          onReason={setReason}
          onDecided={onDecided}
          onStale={onStale}
          onCancel={() => setOpen(false)}
        />
      ) : (
        <Button look="quiet" size="small" onClick={() => setOpen(true)} data-testid="break-glass">
          Break glass…
        </Button>
      )}
    </section>
  );
}

interface OpenedProps extends Props {
  reason: string;
  onReason: (reason: string) => void;
  onCancel: () => void;
}

function Opened({ approval, reason, onReason, onDecided, onStale, onCancel }: OpenedProps) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const ready = reason.trim().length >= 10 && typed.trim().toLowerCase() === BREAK_GLASS_WORDS;

  const submit = async () => {
    if (!ready || sending) return;
    setSending(true);
    setFailure(undefined);
    try {
      const shown = await shownOf(approval);
      const input = breakGlassInputSchema.parse({ reason, confirm: BREAK_GLASS_WORDS, shown });
      const path = `/api/approvals/${encodeURIComponent(approval.id)}/break-glass`;
      const passkey = approval.passkey === null ? undefined : await signFor(path, input);
      onDecided(await send('POST', path, { ...input, passkey }, approvalDetailSchema));
    } catch (error) {
      setFailure(toFailure(error));
      onStale();
    } finally {
      setSending(false);
    }
  };

  const box =
    'w-full rounded-md border border-strong-line bg-surface px-3 py-2 text-base max-md:text-lg';
  return (
    <Notice tone="stop" loud title="Approve this past everyone who should decide it?">
      <form
        className="flex flex-col gap-3 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>
          It runs at once, without the people above. Your name and reason go to the agent, to the
          webhook and into the audit log, and every admin and auditor is alarmed.
        </p>
        <label htmlFor={`${id}-reason`} className="font-semibold">
          Why can’t it wait? <span className="font-normal text-muted">Everyone reads this.</span>
        </label>
        <textarea
          id={`${id}-reason`}
          rows={3}
          maxLength={2000}
          required
          value={reason}
          onChange={(event) => onReason(event.target.value)}
          data-testid="break-glass-reason"
          className={box}
        />
        <label htmlFor={`${id}-words`} className="font-semibold">
          Type “{BREAK_GLASS_WORDS}”
        </label>
        <input
          id={`${id}-words`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          data-testid="break-glass-words"
          className={box}
        />
        <VerdictFailure
          failure={failure}
          approvalId={approval.id}
          words={{ form: 'break-glass', text: reason }}
        />
        <div className="flex flex-wrap gap-3">
          <Button
            type="submit"
            look="stop"
            disabled={!ready || sending}
            data-testid="break-glass-confirm"
          >
            {sending ? 'Sending…' : 'Break glass and approve'}
          </Button>
          <Button onClick={onCancel} disabled={sending}>
            Cancel
          </Button>
        </div>
      </form>
    </Notice>
  );
}
