'use client';

import type { Caller } from '@holdpoint/contracts';
import Link from 'next/link';
import { useMe } from '../../lib/use-api.ts';

/** For admins, where nobody owns the calling service: to the form, filled in. */
export function SetOwnerLink({ caller }: { caller: Caller }) {
  const { data: me } = useMe();
  if (me?.roles.includes('admin') !== true) return null;
  const query = new URLSearchParams({ register: caller.clientId ?? caller.subject });
  return (
    <Link href={`/settings/service-identities?${query}`} className="text-accent underline">
      Set its owner
    </Link>
  );
}
