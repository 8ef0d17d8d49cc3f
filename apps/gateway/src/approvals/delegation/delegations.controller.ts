import {
  delegationInputSchema,
  type DelegationInput,
  type DelegationList,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { Delegations } from './delegations.service.ts';

@Controller('api/delegations')
export class DelegationsController {
  constructor(private readonly delegations: Delegations) {}

  @Get()
  @Roles('reviewer', 'admin')
  list(@CurrentPerson() person: SignedInPerson): Promise<DelegationList> {
    return this.delegations.list(person);
  }

  @Post()
  @HttpCode(200)
  @Roles('reviewer')
  set(
    @Body(new ZodPipe(delegationInputSchema)) input: DelegationInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<DelegationList> {
    return this.delegations.set(input, person);
  }

  @Delete(':id')
  @Roles('reviewer', 'admin')
  end(
    @Param('id', new ZodPipe(z.uuid())) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<DelegationList> {
    return this.delegations.end(id, person);
  }
}
