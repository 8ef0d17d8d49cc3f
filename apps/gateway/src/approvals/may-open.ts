import { stepsNow, type OnCallNow } from '@holdpoint/approval';
import type { DelegatedPlace } from './delegation/delegators.ts';
import { placesOn } from './delegation/places.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import type { ApprovalRecord } from './approval.ts';

function isNamed(
  { people, groups }: { readonly people: readonly string[]; readonly groups: readonly string[] },
  person: Pick<SignedInPerson, 'key' | 'groups'>,
): boolean {
  return (
    people.includes(person.key) ||
    groups.some((group) => group !== '' && person.groups.includes(group))
  );
}

/** The exact payload is opened to the approval's own reviewers, and to those whose call it is. */
export function mayOpen(
  record: ApprovalRecord,
  person: SignedInPerson,
  onCall: OnCallNow,
  delegations: readonly DelegatedPlace[] = [],
): boolean {
  const isReviewer =
    person.roles.includes('reviewer') &&
    stepsNow(record.steps, record.timers, onCall).some(
      ({ chain, reviewers }) =>
        isNamed(reviewers, person) ||
        // Whoever stands in for a reviewer has to see what that one would, of the chains they were given.
        placesOn(record, delegations).some(
          (place) =>
            place.roles.includes('reviewer') &&
            (place.chains.length === 0 || place.chains.includes(chain)) &&
            isNamed(reviewers, place),
        ),
    );
  // Whoever may approve it past its chain has to see what it is.
  const mayBreakGlass = record.state === 'held' && person.roles.includes('breakglass');
  return (
    isReviewer ||
    mayBreakGlass ||
    person.key === record.callerKey ||
    person.key === record.caller.ownerKey
  );
}
