import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Role } from '@holdpoint/contracts';
import type { Request } from 'express';
import { GatewayError } from '../platform/gateway.error.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/** Who may use a route. A route that says nothing is refused to everyone. */
export type Access =
  | { readonly kind: 'roles'; readonly roles: readonly Role[] }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'public' };

export const ACCESS = 'holdpoint:access';

const decorate = (access: Access) => SetMetadata(ACCESS, access);

/** People with one of these roles. */
export const Roles = (...roles: readonly [Role, ...Role[]]) => decorate({ kind: 'roles', roles });

/** People with any role. */
export const AnyRole = () => decorate({ kind: 'roles', roles: ['reviewer', 'admin', 'auditor'] });

/** Whoever signed in, even without a role. */
export const SignedIn = () => decorate({ kind: 'signed-in' });

/** Anyone at all. Only for health and for the way to a sign-in. */
export const Public = () => decorate({ kind: 'public' });

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the only way to extend Express's request
  namespace Express {
    interface Request {
      /** Set by the guard, and by nothing else. */
      person?: SignedInPerson;
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
