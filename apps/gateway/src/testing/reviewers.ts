import type { SignedInPerson } from '../identity/signed-in-person.ts';

/** A reviewer as the guard hands them to a service. */
export function reviewerNamed(name: string, ...groups: readonly string[]): SignedInPerson {
  const issuer = 'http://people.example.com';
  return {
    key: `${issuer}|${name}`,
    name,
    email: null,
    issuer,
    subject: name,
    groups,
    groupsAt: Date.now(),
    roles: ['reviewer'],
  };
}
