'use client';

import { useMemo, useState } from 'react';
import { plural } from '../../lib/format.ts';
import { useLive } from '../../lib/live.tsx';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { differencesOf } from './argument-differences.ts';
import { BulkCallView } from './bulk-call-view.tsx';
import { DenyForm } from './deny-form.tsx';
import { useBulk, type BulkCall } from './use-bulk.ts';

interface Props {
  ids: readonly string[];
  verdict: 'approve' | 'deny';
  /** Nothing was decided: what was picked stays so. */
  onClose: () => void;
  onDone: () => void;
}

/**
 * Several calls, decided together: each complete, with what sets it apart. Only alike calls are
 * approved together, and only those whose arguments this page shows.
 */
export function BulkReview({ ids, verdict, onClose, onDone }: Props) {
  const { calls, loading, sending, decide } = useBulk(ids);
  const { lost } = useLive();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState('');
  const chosen = calls.filter((call) => isOpen(call, verdict) && !left.has(call.id));
  const kinds = new Set(chosen.map(({ approval }) => approval?.inbox.group)).size;
  const differences = useMemo(() => differencesIn(calls), [calls]);
  const given = calls.filter(({ result }) => result === 'given').length;
  const refused = calls.filter(({ result }) => result === 'refused').length;
  const leave = given + refused > 0 ? onDone : onClose;
  const isOver = !sending && given + refused > 0 && chosen.length === 0;
  const title = `${verdict === 'approve' ? 'Approve' : 'Deny'} ${plural(ids.length, 'call')}`;

  return (
    <Dialog title={title} onClose={sending ? () => undefined : leave} wide>
      <div className="flex flex-col gap-4">
        <p>
          Each of them gets a verdict of its own.{' '}
          {verdict === 'approve' &&
            differences.length > 0 &&
            `They differ in ${plural(differences.length, 'place')}, marked at each call.`}
          {verdict === 'approve' && !loading && differences.length === 0 && calls.length > 1 && (
            <>The arguments of all of them have the same values.</>
          )}
        </p>
        {loading && <Skeleton rows={2} label="Loading the calls" />}
        <ol aria-label="Calls to decide" className="flex flex-col gap-4">
          {calls.map((call, index) => (
            <BulkCallView
              key={call.id}
              call={call}
              place={`${index + 1} of ${calls.length}`}
              full={verdict === 'approve'}
              differences={differences}
              position={positionOf(calls, call)}
              isLeft={left.has(call.id)}
              locked={sending}
              onLeave={() => setLeft(withToggled(left, call.id))}
            />
          ))}
        </ol>
        <div className="sticky bottom-0 -mx-4 -mb-4 flex flex-col gap-2 border-t border-line bg-surface p-4">
          <p role="status" className={given + refused === 0 ? 'sr-only' : 'font-semibold'}>
            {given + refused > 0 &&
              `${plural(given, 'verdict')} recorded${refused > 0 ? `, ${refused} refused: see each call above` : ''}.`}
          </p>
          {verdict === 'approve' && kinds > 1 && (
            <Notice tone="hold" title={`These are ${kinds} kinds of calls.`}>
              Only alike calls are approved together: same caller, connection, tool and rules. Leave
              the others out.
            </Notice>
          )}
          {lost && (
            <p className="text-sm text-hold">No verdict while the connection is interrupted.</p>
          )}
          {isOver ? (
            <Button className="self-start" onClick={leave} data-testid="bulk-close">
              Close
            </Button>
          ) : verdict === 'deny' ? (
            <DenyForm
              sending={sending || loading || lost || chosen.length === 0}
              reason={reason}
              onReason={setReason}
              onDeny={(words) => void decide(idsOf(chosen), { deny: words })}
              onCancel={leave}
            />
          ) : (
            <div className="flex flex-wrap gap-3">
              <Button
                look="go"
                data-testid="bulk-approve"
                disabled={sending || loading || lost || chosen.length === 0 || kinds > 1}
                onClick={() => void decide(idsOf(chosen), 'approve')}
              >
                {sending ? 'Sending…' : `Approve ${plural(chosen.length, 'call')} as shown`}
              </Button>
              <Button disabled={sending} onClick={leave}>
                Cancel
              </Button>
            </div>
          )}
        </div>
      </div>
    </Dialog>
  );
}

/** It can still get this verdict from this person, here. */
function isOpen({ approval, result }: BulkCall, verdict: Props['verdict']): boolean {
  return (
    result === 'none' &&
    approval?.state === 'held' &&
    approval.mayDecide.ok &&
    (verdict === 'deny' || approval.argumentsText !== null)
  );
}

const idsOf = (calls: readonly BulkCall[]) => calls.map(({ id }) => id);

function withToggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

const textsIn = (calls: readonly BulkCall[]) =>
  calls.flatMap(({ id, approval }) =>
    approval?.argumentsText == null
      ? []
      : // What is sent beside the arguments runs with them, so it is compared with them.
        [
          {
            id,
            text: `{"arguments":${approval.argumentsText},"beside":${approval.otherParamsText ?? '{}'}}`,
          },
        ],
  );

function differencesIn(calls: readonly BulkCall[]) {
  return differencesOf(textsIn(calls).map(({ text }) => text)).map(({ path, values }) => ({
    path: path.replace(/^arguments\.?/, ''),
    values,
  }));
}

/** Which of the compared texts is this call's; `-1` where its arguments aren't there. */
function positionOf(calls: readonly BulkCall[], call: BulkCall): number {
  return textsIn(calls).findIndex(({ id }) => id === call.id);
}
