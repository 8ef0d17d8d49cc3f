import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { Countdown } from '../../ui/time.tsx';
import { ApprovalArguments } from './approval-arguments.tsx';
import { ApprovalReasons } from './approval-reasons.tsx';
import { ApprovalSentence } from './approval-sentence.tsx';
import { STATE_WORDS } from './approval-states.ts';
import type { Difference } from './argument-differences.ts';
import { OwnDifferences } from './own-differences.tsx';
import type { BulkCall } from './use-bulk.ts';

interface Props {
  call: BulkCall;
  /** `2 of 5` */
  place: string;
  /** With reasons and arguments: nothing is approved that isn't shown. */
  full: boolean;
  differences: readonly Difference[];
  position: number;
  isLeft: boolean;
  locked: boolean;
  onLeave: () => void;
}

/** One of several calls that are decided together. */
export function BulkCallView(props: Props) {
  const { call, place, full, differences, position, isLeft, locked, onLeave } = props;
  const { approval, failure, result } = call;
  return (
    <li
      data-testid="bulk-call"
      data-result={result}
      className={`flex flex-col gap-3 rounded-lg border border-strong-line p-3 ${isLeft ? 'opacity-60' : ''}`}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <span className="font-semibold text-ink">{place}</span>
        <Result {...props} />
        {approval !== undefined && result === 'none' && (
          <Button size="small" disabled={locked} aria-pressed={isLeft} onClick={onLeave}>
            {isLeft ? 'Take in again' : 'Leave out'}
          </Button>
        )}
      </div>
      {approval !== undefined && (
        <p>
          <ApprovalSentence of={approval} />
        </p>
      )}
      <FailureNote failure={failure} />
      {approval !== undefined && full && (
        <>
          {differences.length > 0 && position >= 0 && (
            <section aria-label="What sets it apart" className="rounded-md bg-raised p-3">
              <OwnDifferences differences={differences} call={position} />
            </section>
          )}
          <ApprovalArguments approval={approval} />
          <ApprovalReasons approval={approval} />
        </>
      )}
    </li>
  );
}

function Result({ call: { approval, failure, result }, isLeft, full }: Props) {
  if (result === 'given') return <Badge tone="go">Verdict recorded</Badge>;
  if (result === 'refused') return <Badge tone="stop">Refused</Badge>;
  if (result === 'sending') return <Badge tone="accent">Sending…</Badge>;
  if (isLeft) return <Badge>Left out</Badge>;
  if (approval === undefined) {
    return failure === undefined ? <span>Loading…</span> : <Badge tone="stop">Not loaded</Badge>;
  }
  if (approval.state !== 'held') return <Badge>{STATE_WORDS[approval.state].label} already</Badge>;
  if (!approval.mayDecide.ok) return <Badge tone="hold">{approval.mayDecide.message}</Badge>;
  if (full && approval.argumentsText === null)
    return <Badge tone="hold">Its arguments can’t be shown, so it isn’t approved here</Badge>;
  return <Countdown at={approval.expiresAt} />;
}
