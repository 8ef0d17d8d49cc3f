import { describe, expect, it } from '@jest/globals';
import { roleGroups, rolesOf } from './roles.ts';

const env = {
  HOLDPOINT_ROLES: {
    reviewer: ['dba', 'security'],
    admin: ['platform'],
    auditor: ['security'],
    breakglass: ['duty'],
  },
  HOLDPOINT_FIRST_ADMIN_GROUP: 'owners',
};

describe('roles', () => {
  it.each([
    ['no groups', [], []],
    ['groups that give nothing', ['staff'], []],
    ['one group', ['dba'], ['reviewer']],
    ['a group that gives two', ['security'], ['reviewer', 'auditor']],
    ['the group for emergencies', ['duty'], ['breakglass']],
    ['the first admin group', ['owners'], ['admin']],
    ['a group that differs in case', ['DBA'], []],
  ])('of %s', (_description, groups, roles) => {
    expect(rolesOf(groups, env)).toEqual(roles);
  });

  it('name the first admin group once', () => {
    const listed = { ...env, HOLDPOINT_FIRST_ADMIN_GROUP: 'platform' };
    expect(roleGroups(listed).admin).toEqual(['platform']);
    expect(roleGroups(env).admin).toEqual(['platform', 'owners']);
  });
});
