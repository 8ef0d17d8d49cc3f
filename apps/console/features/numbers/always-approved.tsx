'use client';

import type { Numbers } from '@holdpoint/contracts';
import { useMe } from '../../lib/use-api.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { TextLink } from '../../ui/text-link.tsx';

/** Rules that never said anything new. Whether to loosen one is looked at where its calls are. */
export function AlwaysApproved({ rules }: { rules: Numbers['alwaysApproved'] }) {
  const isAdmin = useMe().data?.roles.includes('admin') === true;
  if (rules.length === 0) {
    return (
      <p className="text-muted">
        None. A rule is listed once ten of its holds are decided, none of them denied or out of
        time.
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-col gap-2" aria-label="Rules that are always approved">
        {rules.map(({ ruleId, description, n }) => (
          <li key={ruleId}>
            <TextLink
              href={
                isAdmin
                  ? `/policies/edit?view=rules&rule=${encodeURIComponent(ruleId)}`
                  : '/policies'
              }
              className="font-mono break-all"
            >
              {ruleId}
            </TextLink>
            : all {n.toLocaleString('en')} holds were approved
            {description !== null && (
              <span className="block text-sm text-muted">
                <VisibleText text={description} />
              </span>
            )}
          </li>
        ))}
      </ul>
      <p className="text-sm text-muted">
        That none was denied so far doesn’t mean that none needs to be.{' '}
        <TextLink href="/policies">Suggestions from history</TextLink> say which of these calls only
        read, and open as drafts.
      </p>
    </div>
  );
}
