'use client';

import type { Me } from '@holdpoint/contracts';
import { usePathname } from 'next/navigation';
import { placeOf, placesFor } from '../../lib/roles.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';

/** Says so where a link leads to a place of another role. The gateway refuses the data in any case. */
export function RoleGate({ me, children }: { me: Me; children: React.ReactNode }) {
  const place = placeOf(usePathname());
  if (place === undefined || place.roles.some((role) => me.roles.includes(role))) return children;
  const [home] = placesFor(me.roles);
  return (
    <Page
      title={place.name}
      intro={`This page is for another role: ${place.roles.join(' or ')}. Yours: ${me.roles.join(', ')}.`}
    >
      {home !== undefined && (
        <div>
          <ButtonLink href={home.href}>Go to {home.name}</ButtonLink>
        </div>
      )}
    </Page>
  );
}
