import type { SignedInPerson } from '../identity/signed-in-person.ts';

/** An admin as the guard hands them to a service. */
export function adminNamed(name: string): SignedInPerson {
  const issuer = 'http://issuer.example.com';
  return {
    key: `${issuer}|${name}`,
    name,
    email: null,
    issuer,
    subject: name,
    groups: ['admins'],
    groupsAt: 0,
    roles: ['admin'],
  };
}
