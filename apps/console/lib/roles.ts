import type { Role } from '@holdpoint/contracts';

/** A place in the console. What each role sees is the gateway's decision; this only spares dead links. */
export interface Place {
  readonly href: `/${string}`;
  readonly name: string;
  readonly icon:
    'inbox' | 'sessions' | 'policies' | 'connections' | 'connectors' | 'audit' | 'numbers';
  /** Second key of the `g …` shortcut. */
  readonly key: string;
  readonly roles: readonly Role[];
  /** On a phone the bar at the bottom has no room for it: it is reached from the account. */
  readonly isMinor?: boolean;
}

const PLACES: readonly Place[] = [
  {
    href: '/inbox',
    name: 'Inbox',
    icon: 'inbox',
    key: 'i',
    roles: ['reviewer', 'admin', 'auditor', 'breakglass'],
  },
  {
    href: '/sessions',
    name: 'Sessions',
    icon: 'sessions',
    key: 's',
    roles: ['reviewer', 'admin', 'auditor'],
  },
  {
    href: '/policies',
    name: 'Policies',
    icon: 'policies',
    key: 'p',
    roles: ['reviewer', 'admin', 'auditor'],
  },
  {
    href: '/connections',
    name: 'Connections',
    icon: 'connections',
    key: 'c',
    roles: ['admin', 'auditor'],
  },
  {
    href: '/connectors',
    name: 'Connectors',
    icon: 'connectors',
    key: 'o',
    roles: ['admin', 'auditor'],
    isMinor: true,
  },
  { href: '/audit', name: 'Audit', icon: 'audit', key: 'a', roles: ['admin', 'auditor'] },
  {
    href: '/numbers',
    name: 'Numbers',
    icon: 'numbers',
    key: 'n',
    roles: ['reviewer', 'admin', 'auditor'],
    isMinor: true,
  },
];

export function placesFor(roles: readonly Role[]): readonly Place[] {
  return PLACES.filter((place) => place.roles.some((role) => roles.includes(role)));
}

/** The place that an address belongs to; `undefined` for those that are everyone's. */
export function placeOf(pathname: string): Place | undefined {
  return PLACES.find(({ href }) => pathname === href || pathname.startsWith(`${href}/`));
}

export const ROLE_MEANING: Readonly<Record<Role, string>> = {
  reviewer: 'approves or denies held calls',
  admin: 'registers connections and publishes policies',
  auditor: 'searches, replays, verifies and exports',
  breakglass: 'approves past a chain in an emergency, with a reason that everyone reads',
};
