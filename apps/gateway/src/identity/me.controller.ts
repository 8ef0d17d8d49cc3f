import { Controller, Get, Inject, Req } from '@nestjs/common';
import type { Me } from '@holdpoint/contracts';
import type { Request } from 'express';
import type { Environment } from '../env.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { CurrentPerson, SignedIn } from './access.ts';
import { roleGroups } from './roles.ts';
import type { SignedInPerson } from './signed-in-person.ts';

@Controller('api/me')
export class MeController {
  constructor(@Inject(ENVIRONMENT) private readonly env: Environment) {}

  @Get()
  @SignedIn()
  read(@CurrentPerson() person: SignedInPerson, @Req() req: Request): Me {
    return {
      person: { key: person.key, name: person.name, email: person.email },
      groups: [...person.groups],
      roles: [...person.roles],
      roleGroups: roleGroups(this.env),
      csrfToken: req.session.csrfToken ?? '',
      instance: this.env.HOLDPOINT_INSTANCE,
      publicUrl: this.env.HOLDPOINT_PUBLIC_URL,
      embedded: this.env.HOLDPOINT_MODE === 'embedded',
    };
  }
}
