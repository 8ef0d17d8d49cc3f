import {
  policyTokenInputSchema,
  type PolicyTokenCreated,
  type PolicyTokenInput,
  type PolicyTokenList,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { CurrentPerson, Roles } from './access.ts';
import { PolicyTokens } from './policy-tokens.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/** Admins make and revoke tokens in the console; a token itself can do neither. */
@Controller('api/policy-tokens')
@Roles('admin')
export class PolicyTokensController {
  constructor(private readonly tokens: PolicyTokens) {}

  @Get()
  list(): Promise<PolicyTokenList> {
    return this.tokens.list();
  }

  @Post()
  create(
    @Body(new ZodPipe(policyTokenInputSchema)) input: PolicyTokenInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyTokenCreated> {
    return this.tokens.create(input, person);
  }

  @Delete(':id')
  revoke(
    @Param('id', new ZodPipe(z.uuid())) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyTokenList> {
    return this.tokens.revoke(id, person);
  }
}
