'use client';

import type { Caller } from '@holdpoint/contracts';
import { useMe } from '../../lib/use-api.ts';
import { TextLink } from '../../ui/text-link.tsx';

/** For admins, where nobody owns the calling service: to the form, filled in. */
export function SetOwnerLink({ caller }: { caller: Caller }) {
  const { data: me } = useMe();
  if (me?.roles.includes('admin') !== true) return null;
  const query = new URLSearchParams({ register: caller.clientId ?? caller.subject });
  return <TextLink href={`/settings/service-identities?${query}`}>Set its owner</TextLink>;
}
