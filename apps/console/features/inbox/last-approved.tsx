'use client';

import type { ApprovalDetail, LastApproved } from '@holdpoint/contracts';
import { layOut } from '../../lib/json-lines.ts';
import { Badge } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Ago, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ArgumentChanges } from '../arguments/argument-changes.tsx';
import { STATE_WORDS } from './approval-states.ts';

/** When the like was approved last, by whom, and what is different this time. */
export function LastApprovedCall({
  approval,
  last,
}: {
  approval: ApprovalDetail;
  last: LastApproved | null;
}) {
  return (
    <section aria-labelledby="last-approved" className="flex max-w-4xl flex-col gap-2">
      <h2 id="last-approved" className="font-semibold">
        Last time this was approved
      </h2>
      {last === null ? (
        <p className="text-muted">
          Never: no earlier call of this kind on this connection was approved.
        </p>
      ) : (
        <>
          <p>
            <TextLink href={`/inbox/${last.approvalId}`}>
              <Ago at={last.at} />
            </TextLink>
            , for{' '}
            {last.sameCaller ? (
              'the same caller'
            ) : (
              <>
                another caller, <VisibleText text={last.callerName} />
              </>
            )}
            {last.by.length > 0 && (
              <>
                , by <VisibleText text={last.by.join(' and ')} />
              </>
            )}{' '}
            <Badge tone={STATE_WORDS[last.state].tone}>{STATE_WORDS[last.state].label}</Badge>{' '}
            <span className="text-sm text-muted">
              <Utc at={last.at} />
            </span>
          </p>
          <Difference approval={approval} last={last} />
        </>
      )}
    </section>
  );
}

function Difference({ approval, last }: { approval: ApprovalDetail; last: LastApproved }) {
  if (last.identical) return <p className="text-muted">With exactly the same parameters.</p>;
  if (last.argumentsText === null) {
    return (
      <p className="text-muted">
        {last.withheld === 'role'
          ? 'Its arguments are not yours to open, so they are not compared.'
          : 'Its arguments were removed after their retention time, so they can’t be compared.'}
      </p>
    );
  }
  if (approval.argumentsText === null) return null;
  // The parameters differ, and not in the arguments.
  if (layOut(last.argumentsText) === layOut(approval.argumentsText))
    return (
      <p className="text-muted">Its arguments were the same; what goes beside them was not.</p>
    );
  return (
    <ArgumentChanges
      before={last.argumentsText}
      after={approval.argumentsText}
      to="to last time"
      removed="is not there this time"
      same="The same as then:"
    />
  );
}
