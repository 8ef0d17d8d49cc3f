'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import { useMe } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { JsonText } from '../../ui/json-view.tsx';
import { ClockTime, Countdown } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { isOnItsWay, STATE_WORDS } from './approval-states.ts';

/** What became of it: by whom, why, how far it got, and the masked answer. */
export function ApprovalOutcome({
  approval,
  settledWhileOpen,
}: {
  approval: ApprovalDetail;
  settledWhileOpen: boolean;
}) {
  const { data: me } = useMe();
  const { state, stateReason } = approval;
  if (state === 'held') return null;
  const words = STATE_WORDS[state];
  const last = approval.verdicts.at(-1);
  const changed = approval.edits.current;
  const byMe = last !== undefined && last.person.key === me?.person.key;
  const brokenByMe = approval.breakGlass.used?.person.key === me?.person.key && me !== undefined;
  return (
    <section aria-label="Outcome" className="flex max-w-4xl flex-col gap-3">
      <Notice
        live
        loud={state === 'unknown'}
        tone={words.tone}
        title={
          <>
            {settledWhileOpen && !byMe && !brokenByMe && 'Settled while you had it open. '}
            {words.label}
            {last !== undefined && (
              <>
                {' '}
                · {last.verdict === 'approve' ? 'approved' : 'denied'} by{' '}
                {byMe ? 'you' : <VisibleText text={last.person.name} />}
              </>
            )}
          </>
        }
      >
        <p>{words.meaning}</p>
        {changed?.state === 'in-force' && (
          <p>
            With the arguments as <VisibleText text={changed.editor.name} /> changed them: the
            difference is below.
          </p>
        )}
        {byMe && <p>Your verdict is final: nobody can change it, nor can you.</p>}
        {last?.reason != null && (
          <p>
            Reason: “<VisibleText text={last.reason} shape="block" />”
          </p>
        )}
        {stateReason !== null && !(last?.reason != null && stateReason.endsWith(last.reason)) && (
          <p>
            <VisibleText text={stateReason} shape="block" />
          </p>
        )}
        {state === 'approved' && !approval.agentWaiting && (
          <p>
            The agent stopped waiting. The release waits for the same call
            {approval.releaseExpiresAt !== null && (
              <>
                , <Countdown at={approval.releaseExpiresAt} />
              </>
            )}
            .
          </p>
        )}
      </Notice>
      {(isOnItsWay(state) || approval.claimedAt !== null) && <Progress approval={approval} />}
      {approval.answerText !== null && (
        <div className="overflow-hidden rounded-lg border border-line bg-surface">
          <h2 className="border-b border-line px-4 py-2 font-semibold">
            The answer, masked as the agent gets it
          </h2>
          <div className="p-4">
            <JsonText text={approval.answerText} />
          </div>
        </div>
      )}
    </section>
  );
}

function Progress({ approval }: { approval: ApprovalDetail }) {
  const approvedAt = approval.breakGlass.used?.at ?? approval.verdicts.at(-1)?.at ?? null;
  const stops = [
    { name: 'Approved', at: approvedAt },
    { name: 'Sent', at: approval.claimedAt },
    { name: 'Answered', at: approval.answeredAt },
    { name: 'Delivered', at: approval.deliveredAt },
  ];
  return (
    <ol
      aria-label="How far it got"
      className="grid grid-cols-[repeat(auto-fit,minmax(7rem,1fr))] gap-x-4 gap-y-2"
    >
      {stops.map((stop) => (
        <li
          key={stop.name}
          className={`border-t-3 pt-1.5 ${stop.at === null ? 'border-line text-muted' : 'border-go'}`}
        >
          <span className="font-medium">{stop.name}</span>
          <span className="block text-sm text-muted">
            {stop.at === null ? 'not yet' : <ClockTime at={stop.at} />}
          </span>
        </li>
      ))}
    </ol>
  );
}
