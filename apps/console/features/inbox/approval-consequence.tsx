import type { ApprovalDetail } from '@holdpoint/contracts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What approving does, in the order in which it happens, right before the buttons that do it. */
export function ApprovalConsequence({ approval }: { approval: ApprovalDetail }) {
  if (approval.state !== 'held') return null;
  const { steps, masks } = approval;
  const left = steps.slice((approval.currentStep ?? 0) + 1).length;
  const current = steps[approval.currentStep ?? 0];
  const others = current === undefined ? 0 : current.quorum - current.approvals - 1;
  return (
    <section aria-labelledby="consequence" className="flex max-w-3xl flex-col gap-1">
      <h2 id="consequence" className="font-semibold">
        If you approve
      </h2>
      <ul className="flex list-disc flex-col gap-0.5 pl-5">
        {(others > 0 || left > 0) && (
          <li>
            It goes on waiting
            {others > 0 &&
              ` for ${others === 1 ? 'one more person' : `${others} more people`} in this step`}
            {others > 0 && left > 0 && ', then'}
            {left > 0 && ` for ${left === 1 ? 'one more step' : `${left} more steps`}`}.
          </li>
        )}
        <li>
          It runs once on{' '}
          <strong className="font-semibold">
            <VisibleText text={approval.connection.title} />
          </strong>
          , exactly as shown above, with the connection’s own credential
          {approval.agentWaiting ? '' : ', as soon as the agent asks for it again'}.
        </li>
        <li>
          {masks.length === 0
            ? 'The agent gets the answer as it is: no rule masks it.'
            : `The agent gets the answer with ${masks.join(', ')} masked.`}
        </li>
      </ul>
    </section>
  );
}
