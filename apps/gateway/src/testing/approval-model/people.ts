import type { Caller } from '@holdpoint/contracts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';

const ISSUER = 'http://issuer.example.com';

export type CallerName = 'service' | 'person';

/** Three reviewers, one who owns the service that calls, and one whose own agent calls. */
export const PEOPLE: readonly SignedInPerson[] = ['avery', 'riley', 'robin', 'owner', 'self'].map(
  (subject) => ({
    key: `${ISSUER}|${subject}`,
    issuer: ISSUER,
    subject,
    name: subject,
    email: null,
    groups: ['reviewers'],
    groupsAt: Date.now(),
    roles: ['reviewer'],
  }),
);

/** Who may decide about anybody's call here. */
export const REVIEWERS = PEOPLE.slice(0, 3);

const common = { issuer: ISSUER, groups: ['data-agents'] };

export const CALLERS: Readonly<Record<CallerName, Caller>> = {
  service: {
    ...common,
    key: `${ISSUER}|agent`,
    subject: 'agent',
    kind: 'service',
    displayName: 'Agent',
    clientId: 'agent',
    ownerKey: `${ISSUER}|owner`,
  },
  person: {
    ...common,
    key: `${ISSUER}|self`,
    subject: 'self',
    kind: 'person',
    displayName: 'self',
    clientId: 'an-app',
    ownerKey: null,
  },
};
