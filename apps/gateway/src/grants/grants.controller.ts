import { grantRevokeSchema, type GrantList, type GrantRevoke } from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { GrantsService } from './grants.service.ts';

/** Every write answers with the whole list: it is short, and nobody shows an older one. */
@Controller('api/grants')
export class GrantsController {
  constructor(private readonly grants: GrantsService) {}

  @Get()
  @Roles('reviewer', 'admin', 'auditor')
  list(@CurrentPerson() person: SignedInPerson): Promise<GrantList> {
    return this.grants.list(person);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @Roles('reviewer', 'admin')
  revoke(
    @Param('id', new ZodPipe(z.uuid())) id: string,
    @Body(new ZodPipe(grantRevokeSchema)) input: GrantRevoke,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<GrantList> {
    return this.grants.revoke(id, input.reason, person);
  }
}
