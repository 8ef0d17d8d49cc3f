'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import { useMe } from '../../lib/use-api.ts';
import { Notice } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { catalogueHref } from '../catalogue/item-words.ts';

interface Props {
  quarantined: NonNullable<ApprovalDetail['quarantined']>;
  connectionId: string;
}

/** That nobody accepted the definition of what is called; with the way to what changed, for those who may see it. */
export function QuarantineReason({ quarantined: { reason, item }, connectionId }: Props) {
  const { data: me } = useMe();
  const maySee = me?.roles.some((role) => role === 'admin' || role === 'auditor') === true;
  return (
    <Notice tone="hold">
      {reason}{' '}
      {item !== null && maySee && (
        <TextLink href={catalogueHref(connectionId, item)} prefetch={false}>
          See it in the catalogue
        </TextLink>
      )}
    </Notice>
  );
}
