import type { ApprovalDetail } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** On the page of a call that was approved past its chain, for good. */
export function BreakGlassBanner({ approval }: { approval: ApprovalDetail }) {
  const { used } = approval.breakGlass;
  if (used === null) return null;
  return (
    <Notice tone="stop" loud live data-testid="break-glass-banner" title="Approved by break-glass">
      <p>
        <VisibleText text={used.person.name} /> approved this past its chain, <Utc at={used.at} />:
        “<VisibleText text={used.reason} shape="block" />”
      </p>
      <p className="text-muted">
        {used.acknowledged === null ? (
          'No admin or auditor has acknowledged it yet.'
        ) : (
          <>
            Acknowledged by <VisibleText text={used.acknowledged.by.name} />,{' '}
            <Utc at={used.acknowledged.at} />.
          </>
        )}
      </p>
    </Notice>
  );
}
