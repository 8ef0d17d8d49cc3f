import type { Delegator } from '@holdpoint/approval';
import type { ApprovalRecord } from '../approval.ts';
import type { DelegatedPlace } from './delegators.ts';

/** The places that somebody's delegations give on one approval, as the rules for verdicts ask for them. */
export function placesOn(
  { connectionId }: Pick<ApprovalRecord, 'connectionId'>,
  delegations: readonly DelegatedPlace[],
): readonly Delegator[] {
  return delegations
    .filter(({ connections }) => connections.length === 0 || connections.includes(connectionId))
    .map(({ delegator, groups, roles, chains }) => ({
      key: delegator.key,
      groups,
      roles,
      chains,
    }));
}

/** “Riley for Avery” */
export function namesOf({
  personName,
  actingForName,
}: {
  readonly personName: string;
  readonly actingForName: string | null;
}): string {
  return actingForName === null ? personName : `${personName} for ${actingForName}`;
}
