import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { roleSchema, type PolicyTokenScope, type Role } from '@holdpoint/contracts';
import type { Request } from 'express';
import { GatewayError } from '../platform/gateway.error.ts';
import type { PolicyPipeline } from './policy-tokens.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/** Who may use a route. A route that says nothing is refused to everyone. */
export type Access =
  | { readonly kind: 'roles'; readonly roles: readonly Role[] }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'pipeline'; readonly scope: PolicyTokenScope }
  | { readonly kind: 'public' };

export const ACCESS = 'holdpoint:access';

const decorate = (access: Access) => SetMetadata(ACCESS, access);

/** People with one of these roles. */
export const Roles = (...roles: readonly [Role, ...Role[]]) => decorate({ kind: 'roles', roles });

/** People with any role. */
export const AnyRole = () => decorate({ kind: 'roles', roles: roleSchema.options });

/** Whoever signed in, even without a role. */
export const SignedIn = () => decorate({ kind: 'signed-in' });

/** Pipelines with a policy token of at least this scope; no person, however signed in. */
export const Pipelines = (scope: PolicyTokenScope) => decorate({ kind: 'pipeline', scope });

/** Anyone at all. Only for health and for the way to a sign-in. */
export const Public = () => decorate({ kind: 'public' });

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the only way to extend Express's request
  namespace Express {
    interface Request {
      /** Set by the guard, and by nothing else. */
      person?: SignedInPerson;
      /** Set by the guard, and by nothing else. */
      pipeline?: PolicyPipeline;
    }
  }
}

/** The person whom the guard let pass. */
export const CurrentPerson = createParamDecorator(
  (_: unknown, context: ExecutionContext): SignedInPerson => {
    const { person } = context.switchToHttp().getRequest<Request>();
    if (person === undefined) throw new GatewayError('not_signed_in', 'Sign in first.');
    return person;
  },
);

/** The pipeline that the guard let pass. */
export const CurrentPipeline = createParamDecorator(
  (_: unknown, context: ExecutionContext): PolicyPipeline => {
    const { pipeline } = context.switchToHttp().getRequest<Request>();
    if (pipeline === undefined)
      throw new GatewayError('policy_token_refused', 'Send a policy token.');
    return pipeline;
  },
);
