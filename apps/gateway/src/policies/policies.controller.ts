import {
  policyPublishInputSchema,
  policyValidateInputSchema,
  type PolicyInForce,
  type PolicyPublishInput,
  type PolicyValidation,
  type PolicyVersion,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { AnyRole, CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { PoliciesService } from './policies.service.ts';

const numberPipe = new ZodPipe(z.coerce.number().int().min(1).max(2_147_483_647));

@Controller('api/policy')
export class PoliciesController {
  constructor(private readonly policies: PoliciesService) {}

  @Get()
  @AnyRole()
  inForce(): Promise<PolicyInForce> {
    return this.policies.inForce();
  }

  @Get('versions')
  @AnyRole()
  versions(): Promise<{ items: Omit<PolicyVersion, 'source'>[] }> {
    return this.policies.versions();
  }

  @Get('versions/:number')
  @AnyRole()
  version(@Param('number', numberPipe) number: number): Promise<PolicyVersion> {
    return this.policies.version(number);
  }

  @Post('validate')
  @HttpCode(200)
  @Roles('admin')
  validate(
    @Body(new ZodPipe(policyValidateInputSchema)) input: z.infer<typeof policyValidateInputSchema>,
  ): PolicyValidation {
    return this.policies.validate(input.source);
  }

  @Post('publish')
  @Roles('admin')
  publish(
    @Body(new ZodPipe(policyPublishInputSchema)) input: PolicyPublishInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyVersion> {
    return this.policies.publish(input, person);
  }
}
