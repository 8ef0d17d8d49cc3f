import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { parseEnvironment } from '../env.ts';
import { AnyRole, Pipelines, Public, Roles, SignedIn } from './access.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ConsoleGuard } from './console.guard.ts';
import type { PolicyTokens } from './policy-tokens.ts';

const ISSUER = 'https://id.example';
const env = parseEnvironment({
  HOLDPOINT_PUBLIC_URL: 'https://holdpoint.example',
  DATABASE_URL: 'postgres://localhost/x',
  HOLDPOINT_MASTER_KEY: Buffer.alloc(32).toString('base64'),
  HOLDPOINT_OIDC_ISSUER: ISSUER,
  HOLDPOINT_OIDC_CLIENT_ID: 'x',
  HOLDPOINT_OIDC_CLIENT_SECRET: 'x',
  HOLDPOINT_ROLES: '{"reviewer":["dba"],"admin":["platform"]}',
  HOLDPOINT_CONSOLE_URL: 'http://127.0.0.1:1',
});
const HOUR = 60 * 60 * 1000;

class Routes {
  @Public() open() {}
  @SignedIn() me() {}
  @AnyRole() inbox() {}
  @Roles('admin') policy() {}
  @Pipelines('propose') apply() {}
  forgotten() {}
}

function sessionOf(groups: readonly string[], { ageMs = 0, issuer = ISSUER } = {}) {
  const signedIn = {
    key: `${issuer}|sam`,
    issuer,
    subject: 'sam',
    name: 'Sam',
    email: null,
    groups,
    groupsAt: Date.now() - ageMs,
  };
  return { signedIn, csrfToken: 'token' };
}

/** The real ones ask a database; what they refuse is their own spec's matter. */
const tokens = {
  authenticate: (authorization: string | undefined) =>
    authorization === 'Bearer good'
      ? Promise.resolve({ tokenId: 't' })
      : Promise.reject(new GatewayError('policy_token_refused', 'no')),
} as unknown as PolicyTokens;

function ask(route: keyof Routes, session: object | undefined, headers = {}, type = 'http') {
  const request = { method: 'GET', headers, session };
  const context = {
    getType: () => type,
    getHandler: () => Routes.prototype[route],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  try {
    return new ConsoleGuard(new Reflector(), env, tokens).canActivate(context);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

// Guarantee: default deny. What is forgotten is closed.
describe('the guard', () => {
  it.each<[string, keyof Routes, object | undefined, unknown]>([
    ['a stranger on an open route', 'open', {}, true],
    ['a stranger', 'me', {}, 'not_signed_in'],
    ['no session at all', 'me', undefined, 'not_signed_in'],
    ['a person without a role, about themselves', 'me', sessionOf([]), true],
    ['a person without a role', 'inbox', sessionOf(['staff']), 'no_role'],
    ['a person with some role', 'inbox', sessionOf(['dba']), true],
    ['a person with another role', 'policy', sessionOf(['dba']), 'forbidden'],
    ['a person with the role', 'policy', sessionOf(['platform']), true],
    ['an admin on a route that says nothing', 'forgotten', sessionOf(['platform']), 'forbidden'],
    ['groups from just now', 'policy', sessionOf(['platform'], { ageMs: 11 * HOUR }), true],
    [
      'groups of yesterday',
      'policy',
      sessionOf(['platform'], { ageMs: 12 * HOUR }),
      'not_signed_in',
    ],
    [
      'a session of another issuer',
      'me',
      sessionOf(['platform'], { issuer: 'https://old.example' }),
      'not_signed_in',
    ],
  ])('%s', (_description, route, session, expected) => {
    expect(ask(route, session)).toBe(expected);
  });

  it('does not look at an Authorization header', () => {
    expect(ask('inbox', {}, { authorization: 'Bearer anything' })).toBe('not_signed_in');
  });

  it('takes a policy token where a pipeline is asked for, and nothing else', async () => {
    await expect(ask('apply', {}, { authorization: 'Bearer good' })).resolves.toBe(true);
    await expect(ask('apply', sessionOf(['platform']))).rejects.toMatchObject({
      code: 'policy_token_refused',
    });
  });

  it('takes no policy token where a person is asked for', () => {
    expect(ask('policy', {}, { authorization: 'Bearer good' })).toBe('not_signed_in');
  });

  it('lets nothing pass that is not HTTP', () => {
    expect(ask('open', {}, {}, 'ws')).toBe(false);
  });
});
