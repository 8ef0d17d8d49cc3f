'use client';

import {
  approvalDetailSchema,
  verdictInputSchema,
  type ApprovalDetail,
  type GrantVerdict,
  type VerdictInput,
} from '@holdpoint/contracts';
import { useEffect, useRef, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useLive } from '../../lib/live.tsx';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { signVerdict } from '../passkeys/authenticator.ts';
import { NoPasskey, useMaySign } from './approval-passkey.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { useFresh } from './use-fresh.ts';
import { useHasDecided } from './use-has-decided.ts';
import { DenyForm } from './deny-form.tsx';
import { EditForm } from './edit-form.tsx';
import { GrantForm } from './grant-form.tsx';
import { takeWords } from './kept-words.ts';
import { SetOwnerLink } from './set-owner-link.tsx';
import { shownOf } from './shown.ts';
import { VerdictFailure } from './verdict-failure.tsx';

interface Props {
  approval: ApprovalDetail;
  waiting: number;
  /** The gateway's answer: nothing is shown as decided before it. */
  onDecided: (answer: ApprovalDetail) => void;
  /** Someone else was first: load again what happened. */
  onStale: () => void;
  onNext: (() => void) | null;
}

const REST_MS = 1000;
/** Longer than a hand needs to stop. */
const UNREAD_MS = 3000;

/** The two buttons, or why there are none. At the bottom, within a thumb's reach. */
export function VerdictBar({ approval, waiting, onDecided, onStale, onNext }: Props) {
  if (approval.state === 'held' && approval.mayDecide.ok) {
    return (
      <Buttons
        approval={approval}
        step={approval.mayDecide.step}
        onDecided={onDecided}
        onStale={onStale}
      />
    );
  }
  if (approval.state !== 'held' && onNext === null) return null;
  return (
    <Bar>
      {approval.state === 'held' && !approval.mayDecide.ok && (
        <Notice tone="hold" title="This verdict is not yours to give.">
          <p>
            {approval.mayDecide.message}{' '}
            <code className="font-mono text-sm text-muted">{approval.mayDecide.code}</code>
          </p>
          {approval.mayDecide.code === 'unowned_service' && (
            <SetOwnerLink caller={approval.caller} />
          )}
        </Notice>
      )}
      {onNext !== null && (
        <Button className="self-start" onClick={onNext} title="Key: n">
          Next pending{waiting > 0 && ` (${waiting})`} <Icon name="forward" className="size-4" />
        </Button>
      )}
    </Bar>
  );
}

function Buttons({
  approval,
  step,
  onDecided,
  onStale,
}: Pick<Props, 'approval' | 'onDecided' | 'onStale'> & { step: number }) {
  const approveRef = useRef<HTMLButtonElement>(null);
  const denyRef = useRef<HTMLButtonElement>(null);
  const [armed, setArmed] = useState(false);
  const [denying, setDenying] = useState(false);
  const [reason, setReason] = useState('');
  const [editing, setEditing] = useState(false);
  const [edited, setEdited] = useState<string | null>(null);
  const [granting, setGranting] = useState(false);
  const [sending, setSending] = useState(false);
  const [signing, setSigning] = useState(false);
  // A step further the same buttons can be there at once: a double click must not decide that, too.
  const [resting, setResting] = useState(false);
  useEffect(() => {
    if (!resting) return;
    const timer = setTimeout(() => setResting(false), REST_MS);
    return () => clearTimeout(timer);
  }, [resting]);
  const fresh = useFresh();
  const { changed, unread } = useChangedUnder(approval);
  const maySign = useMaySign(approval);
  const [failure, setFailure] = useState<ApiFailure>();
  const { lost } = useLive();
  const blocked = sending || resting || unread || lost || !maySign;
  // Who armed it reads that Enter approves: only where it does.
  if (armed && blocked) setArmed(false);
  // Nor is a grant of what is there no more left open over what says so.
  if (granting && unread) setGranting(false);
  useEffect(() => {
    // Enter is then the button's own: two different keys, so that no single slip approves.
    if (armed) approveRef.current?.focus();
  }, [armed]);
  const decided = useHasDecided(approval);

  const mayEdit = approval.edits.mayPropose.ok && approval.argumentsText !== null;

  const { grant, mayPropose: mayGrant } = approval.grants;
  const agreeable = grant?.state === 'proposed' ? grant.id : null;
  const approve = (given?: GrantVerdict) =>
    void decide(async () => ({
      verdict: 'approve',
      step,
      shown: await shownOf(approval),
      ...(given && { grant: given }),
    }));

  const decide = async (make: () => VerdictInput | Promise<VerdictInput>) => {
    if (sending || resting) return;
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/approvals/${encodeURIComponent(approval.id)}/verdict`;
      const input = verdictInputSchema.parse(await make());
      const isSigned = approval.passkey !== null && input.verdict !== 'deny';
      setSigning(isSigned);
      const given = isSigned ? await signVerdict(approval.id, input) : input;
      setSigning(false);
      onDecided(await send('POST', path, given, approvalDetailSchema));
      setResting(true);
      setDenying(false);
      setGranting(false);
    } catch (error) {
      setFailure(toFailure(error));
      // Whatever went wrong, what the gateway says now is what counts.
      onStale();
    } finally {
      setSending(false);
      setSigning(false);
      setArmed(false);
    }
  };

  // Back from a sign-in that a verdict needed: what was typed before it is there again.
  useEffect(() => {
    const kept = takeWords(approval.id, 'deny');
    if (kept !== null) {
      setReason(kept);
      setDenying(true);
    }
    const changed = takeWords(approval.id, 'edit');
    if (changed !== null) {
      setEdited(changed);
      setEditing(true);
    }
  }, [approval.id]);

  const failed = (
    <VerdictFailure
      failure={failure}
      approvalId={approval.id}
      words={denying ? { form: 'deny', text: reason } : null}
    />
  );

  useShortcuts({
    a: () => {
      setDenying(false);
      if (!blocked) setArmed(true);
    },
    d: () => {
      if (!lost) setDenying(true);
    },
    e: () => setEditing(mayEdit && !lost),
    w: () => setGranting(mayGrant && !lost),
  });

  if (denying) {
    return (
      <Bar>
        {failed}
        <DenyForm
          sending={sending || lost}
          reason={reason}
          onReason={setReason}
          onDeny={(words) => void decide(() => ({ verdict: 'deny', step, reason: words }))}
          onCancel={() => {
            setDenying(false);
            requestAnimationFrame(() => denyRef.current?.focus());
          }}
        />
      </Bar>
    );
  }
  return (
    <Bar>
      {failed}
      {!maySign && <NoPasskey approvalId={approval.id} />}
      {(changed || unread) && (
        <Notice tone="hold" loud role="alert" data-testid="changed-under">
          {changed
            ? 'What you would approve is not what it was when you opened this page: see above. Read it again before you decide.'
            : 'What you would approve changed, and is again what it was when you opened this page.'}
        </Notice>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="grid w-full grid-cols-[1fr_auto] gap-3 sm:flex sm:w-auto">
          <Button
            ref={approveRef}
            look="go"
            size="large"
            className={`sm:min-w-40 ${armed ? 'outline-2 outline-offset-2 outline-accent' : ''}`}
            // Keys are no second tap: it takes two different ones.
            disabled={blocked || (fresh && !armed)}
            data-testid="approve"
            title="Key: a, then Enter"
            onBlur={() => setArmed(false)}
            onClick={() => approve()}
          >
            <Icon name="check" />
            {approveLabel({
              signing,
              sending,
              armed,
              withPasskey: approval.passkey !== null,
              step: decided ? step : null,
            })}
          </Button>
          <Button
            ref={denyRef}
            look="stop-outline"
            size="large"
            className="sm:min-w-32"
            disabled={sending || resting || lost}
            data-testid="deny"
            title="Key: d"
            onClick={() => setDenying(true)}
          >
            <Icon name="cross" />
            Deny…
          </Button>
        </div>
        <p className="min-w-0 flex-1 text-sm text-muted sm:min-w-64">
          {approval.mayDecide.ok && approval.mayDecide.actingFor !== null && (
            <strong className="font-semibold text-ink" data-testid="acting-for">
              You decide in the place of <VisibleText text={approval.mayDecide.actingFor} />.{' '}
            </strong>
          )}
          {lost
            ? 'No verdict while the connection is interrupted: what you see may be old.'
            : consequence(approval)}
        </p>
      </div>
      {(mayEdit || mayGrant || agreeable !== null) && (
        <div className="flex flex-wrap items-center gap-2">
          {agreeable !== null && (
            <Button
              size="small"
              disabled={blocked || fresh}
              data-testid="grant-agree"
              onClick={() => approve({ kind: 'agree', grantId: agreeable })}
            >
              Approve, and agree to the grant
            </Button>
          )}
          {mayEdit && (
            <Button
              size="small"
              disabled={sending || resting || lost}
              data-testid="edit"
              title="Key: e"
              onClick={() => setEditing(true)}
            >
              Approve with changes…
            </Button>
          )}
          {mayGrant && (
            <Button
              size="small"
              disabled={sending || resting || lost}
              data-testid="grant-propose"
              title="Key: w"
              onClick={() => setGranting(true)}
            >
              Approve and allow again…
            </Button>
          )}
        </div>
      )}
      {granting && (
        <GrantForm
          approval={approval}
          sending={sending}
          failure={failed}
          onGrant={approve}
          onClose={() => setGranting(false)}
        />
      )}
      {editing && (
        <EditForm
          approval={approval}
          step={step}
          words={edited}
          onProposed={(answer) => {
            setEditing(false);
            onDecided(answer);
          }}
          onClose={() => {
            setEditing(false);
            setEdited(null);
          }}
        />
      )}
    </Bar>
  );
}

/**
 * What would be approved, and whether it took the place of something else under the reader's hand: other
 * arguments, an identical call that ran, or a grant that somebody proposes with it, whose button comes up
 * where another was. A click or a key on its way was meant for what was there before.
 */
function useChangedUnder({ paramsDigest, lastSame, grants }: ApprovalDetail): {
  readonly changed: boolean;
  readonly unread: boolean;
} {
  // By its id also once it is not given: then nothing comes up, and what is approved is the call alone.
  const now = `${paramsDigest} ${lastSame?.approvalId ?? ''} ${grants.grant?.id ?? ''}`;
  const [first] = useState(now);
  const [seen, setSeen] = useState(now);
  useEffect(() => {
    if (seen === now) return;
    const timer = setTimeout(() => setSeen(now), UNREAD_MS);
    return () => clearTimeout(timer);
  }, [seen, now]);
  return { changed: now !== first, unread: now !== seen };
}

function Bar({ children }: { children: React.ReactNode }) {
  return (
    <div className="sticky bottom-0 z-20 flex flex-col gap-2 border-t border-line bg-surface px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-8">
      {children}
    </div>
  );
}

function approveLabel(is: {
  signing: boolean;
  sending: boolean;
  armed: boolean;
  withPasskey: boolean;
  /** Where this person gave a verdict on an earlier step. */
  step: number | null;
}): string {
  if (is.signing) return 'Waiting for your passkey…';
  if (is.sending) return 'Sending…';
  if (is.armed) return 'Press Enter to approve';
  const what = is.step === null ? 'Approve' : `Approve step ${is.step + 1}`;
  return is.withPasskey ? `${what} with passkey` : what;
}

function consequence(approval: ApprovalDetail): string {
  const current = approval.steps[approval.currentStep ?? 0];
  const isLast =
    approval.currentStep === approval.stepCount - 1 &&
    current !== undefined &&
    current.approvals + 1 >= current.quorum;
  if (approval.grants.grant?.state === 'proposed')
    return 'Approving here is about this call only: the proposed grant is then not given. A verdict is final.';
  if (isLast && approval.edits.current !== null)
    return 'Approving runs this once, with the changed arguments. A verdict is final.';
  return isLast
    ? 'Approving runs this once, as shown, with the connection’s own credential. A verdict is final.'
    : 'More people have to agree before this runs. A verdict is final.';
}
