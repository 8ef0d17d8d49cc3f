import type { ApprovalDetail, EarlierCall } from '@holdpoint/contracts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { STATE_WORDS } from './approval-states.ts';

type Outcome = EarlierCall['outcome'];

const OTHERS: Readonly<Record<'refused' | 'cancelled' | 'running', { label: string; tone: Tone }>> =
  {
    refused: { label: 'Refused', tone: 'stop' },
    cancelled: { label: 'Cancelled', tone: 'neutral' },
    running: { label: 'No answer yet', tone: 'neutral' },
  };

/** What the same session called before, newest first; the replay has all of it with its payloads. */
export function EarlierCalls({
  approval,
  calls,
  more,
}: {
  approval: ApprovalDetail;
  calls: readonly EarlierCall[];
  more: boolean;
}) {
  return (
    <section aria-labelledby="earlier" className="flex max-w-4xl flex-col gap-2">
      <h2 id="earlier" className="font-semibold">
        Earlier in this session
      </h2>
      {calls.length === 0 ? (
        <p className="text-muted">Nothing: this is the session’s first call.</p>
      ) : (
        <ol aria-labelledby="earlier" className="flex flex-col">
          {calls.map((call) => (
            <li
              key={call.callId}
              className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 border-t border-line py-1.5 first:border-t-0"
            >
              <span className="text-sm text-muted">
                <ClockTime at={call.at} />
              </span>
              <span className="min-w-0 flex-1 font-mono text-sm break-words">
                <VisibleText text={call.target ?? call.method} />
                {call.target !== null && call.method !== 'tools/call' && (
                  <span className="text-muted">
                    {' '}
                    <VisibleText text={call.method} />
                  </span>
                )}
              </span>
              <OutcomeBadge outcome={call.outcome} />
              {call.approvalId !== null && (
                <TextLink href={`/inbox/${call.approvalId}`} className="text-sm">
                  Its approval
                </TextLink>
              )}
            </li>
          ))}
        </ol>
      )}
      <p className="text-sm">
        {more && <span className="text-muted">The newest {calls.length} are shown. </span>}
        <TextLink href={`/sessions/${encodeURIComponent(approval.sessionId)}`}>
          Replay the session
        </TextLink>
      </p>
    </section>
  );
}

function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  const { label, tone } = isOther(outcome) ? OTHERS[outcome] : STATE_WORDS[outcome];
  return <Badge tone={tone}>{label}</Badge>;
}

function isOther(outcome: Outcome): outcome is keyof typeof OTHERS {
  return outcome in OTHERS;
}
