import type { ApprovalDetail } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';

/** What a policy that was published meanwhile changed for its reviewers. */
export function ApprovalRejudged({ approval }: { approval: ApprovalDetail }) {
  const { rejudged, state } = approval;
  if (rejudged === null) return null;
  return (
    <div className="max-w-3xl">
      <Notice
        tone={state === 'held' ? 'hold' : 'neutral'}
        title={rejudged.reason}
        live
        data-testid="approval-rejudged"
      >
        <Utc at={rejudged.at} />.{' '}
        {rejudged.wasApproved
          ? 'It was approved and had not run yet, so it went back to its reviewers. '
          : ''}
        The verdicts that were given stay.{' '}
        <TextLink href={`/policies/versions/${rejudged.to}`}>Version {rejudged.to}</TextLink>
      </Notice>
    </div>
  );
}
