'use client';

import {
  approvalDetailSchema,
  verdictInputSchema,
  type ApprovalDetail,
  type VerdictInput,
} from '@holdpoint/contracts';
import { useRef, useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { DenyForm } from './deny-form.tsx';
import { SetOwnerLink } from './set-owner-link.tsx';

interface Props {
  approval: ApprovalDetail;
  waiting: number;
  /** The gateway's answer: nothing is shown as decided before it. */
  onDecided: (answer: ApprovalDetail) => void;
  /** Someone else was first: load again what happened. */
  onStale: () => void;
  onNext: (() => void) | null;
}

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
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();

  const decide = async (input: VerdictInput) => {
    if (sending) return;
    setSending(true);
    setFailure(undefined);
    try {
      const path = `/api/approvals/${encodeURIComponent(approval.id)}/verdict`;
      onDecided(await send('POST', path, verdictInputSchema.parse(input), approvalDetailSchema));
      setDenying(false);
    } catch (error) {
      setFailure(toFailure(error));
      // Whatever went wrong, what the gateway says now is what counts.
      onStale();
    } finally {
      setSending(false);
      setArmed(false);
    }
  };

  useShortcuts({
    a: () => {
      setDenying(false);
      setArmed(true);
      // Enter is then the button's own: two different keys, so that no single slip approves.
      approveRef.current?.focus();
    },
    d: () => setDenying(true),
  });

  if (denying) {
    return (
      <Bar>
        <FailureNote failure={failure} />
        <DenyForm
          sending={sending}
          onDeny={(reason) => void decide({ verdict: 'deny', step, reason })}
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
      <FailureNote failure={failure} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="grid w-full grid-cols-2 gap-3 sm:flex sm:w-auto">
          <Button
            ref={approveRef}
            look="go"
            size="large"
            className={`sm:min-w-40 ${armed ? 'outline-2 outline-offset-2 outline-accent' : ''}`}
            disabled={sending}
            data-testid="approve"
            title="Key: a, then Enter"
            onBlur={() => setArmed(false)}
            onClick={() => void decide({ verdict: 'approve', step })}
          >
            <Icon name="check" />
            {sending ? 'Sending…' : armed ? 'Press Enter to approve' : 'Approve'}
          </Button>
          <Button
            ref={denyRef}
            look="stop-outline"
            size="large"
            className="sm:min-w-32"
            disabled={sending}
            data-testid="deny"
            title="Key: d"
            onClick={() => setDenying(true)}
          >
            <Icon name="cross" />
            Deny…
          </Button>
        </div>
        <p className="min-w-0 flex-1 text-sm text-muted sm:min-w-64">{consequence(approval)}</p>
      </div>
    </Bar>
  );
}

function Bar({ children }: { children: React.ReactNode }) {
  return (
    <div className="sticky bottom-0 z-20 flex flex-col gap-2 border-t border-line bg-surface px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-8">
      {children}
    </div>
  );
}

function consequence(approval: ApprovalDetail): string {
  const current = approval.steps[approval.currentStep ?? 0];
  const isLast =
    approval.currentStep === approval.stepCount - 1 &&
    current !== undefined &&
    current.approvals + 1 >= current.quorum;
  return isLast
    ? 'Approving runs this once, as shown, with the gateway’s credential. A verdict is final.'
    : 'More people have to agree before this runs. A verdict is final.';
}
