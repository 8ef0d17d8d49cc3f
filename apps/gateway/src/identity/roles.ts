import { roleSchema, type Role } from '@holdpoint/contracts';
import type { Environment } from '../env.ts';

type RoleSettings = Pick<Environment, 'HOLDPOINT_ROLES' | 'HOLDPOINT_FIRST_ADMIN_GROUP'>;

/** Which groups give which role. */
export function roleGroups(env: RoleSettings): Record<Role, string[]> {
  const { reviewer, admin, auditor, breakglass } = env.HOLDPOINT_ROLES;
  const first = env.HOLDPOINT_FIRST_ADMIN_GROUP;
  const admins = first === undefined || admin.includes(first) ? admin : [...admin, first];
  return {
    reviewer: [...reviewer],
    admin: [...admins],
    auditor: [...auditor],
    breakglass: [...breakglass],
  };
}

export function rolesOf(groups: readonly string[], env: RoleSettings): Role[] {
  const givenBy = roleGroups(env);
  return roleSchema.options.filter((role) => givenBy[role].some((group) => groups.includes(group)));
}
