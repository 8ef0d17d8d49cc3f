import type { PolicyTokenScope } from '@holdpoint/contracts';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { ACCESS, type Access } from './access.ts';
import { personOf } from './console-session.ts';
import { requireOwnPage } from './csrf.ts';
import { PolicyTokens } from './policy-tokens.ts';
import { roleGroups } from './roles.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/**
 * Default-deny for every Nest route. A person is proved by the console's session alone: an
 * `Authorization` header is not even looked at, so an agent's token opens nothing here. The few routes
 * for pipelines are the other way round: a policy token alone, and no cookie.
 */
@Injectable()
export class ConsoleGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly tokens: PolicyTokens,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return false;
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === undefined) {
      throw new GatewayError('forbidden', 'This address does not say who may use it: nobody may.');
    }
    if (access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    if (access.kind === 'pipeline') return this.#admitPipeline(request, access.scope);
    const person = personOf(request.session, this.env, Date.now());
    if (person === undefined) {
      throw new GatewayError('not_signed_in', 'Sign in to the console first.');
    }
    requireOwnPage(request, request.session.csrfToken, this.env.HOLDPOINT_PUBLIC_URL);
    if (access.kind === 'roles') this.#requireRole(person, access.roles);
    request.person = { ...person, session: request.sessionID };
    return true;
  }

  async #admitPipeline(request: Request, scope: PolicyTokenScope): Promise<true> {
    request.pipeline = await this.tokens.authenticate(request.headers.authorization, scope);
    return true;
  }

  #requireRole(person: SignedInPerson, roles: (Access & { kind: 'roles' })['roles']): void {
    if (person.roles.some((role) => roles.includes(role))) return;
    const givenBy = roleGroups(this.env);
    const details = { needed: roles, groups: roles.flatMap((role) => givenBy[role]) };
    throw person.roles.length === 0
      ? new GatewayError('no_role', 'None of your groups gives a role in this console.', {
          details,
        })
      : new GatewayError('forbidden', `This needs the role ${roles.join(' or ')}.`, { details });
  }
}
