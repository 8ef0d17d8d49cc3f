import type { Role } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../../env.ts';
import { rolesOf } from '../../identity/roles.ts';
import type { Queryable } from '../../platform/database.ts';
import { ENVIRONMENT } from '../../platform/tokens.ts';
import { delegatorsOf, type DelegationRow } from './delegation.sql.ts';

/** A delegation with what its delegator is, as far as is known now. */
export type DelegatedPlace = DelegationRow & { readonly roles: readonly Role[] };

/** Whose places a person may take. */
@Injectable()
export class Delegators {
  constructor(@Inject(ENVIRONMENT) private readonly env: Environment) {}

  /** Locked in a verdict's transaction. */
  async of(
    on: Queryable,
    delegateKey: string,
    options: { readonly lock?: boolean } = {},
  ): Promise<readonly DelegatedPlace[]> {
    const rows = await delegatorsOf(on, delegateKey, options);
    return rows.map((row) => ({ ...row, roles: this.rolesOf(row) }));
  }

  rolesOf({ groups }: Pick<DelegationRow, 'groups'>): readonly Role[] {
    return rolesOf(groups, this.env);
  }
}
