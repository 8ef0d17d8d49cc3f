import {
  policyPublishInputSchema,
  policyRollbackInputSchema,
  policyValidateInputSchema,
  type PolicyComparison,
  type PolicyInForce,
  type PolicyPublishInput,
  type PolicyRollbackInput,
  type PolicyValidateInput,
  type PolicyValidation,
  type PolicyVersion,
  type PolicyVersionList,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
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
  versions(): Promise<PolicyVersionList> {
    return this.policies.versions();
  }

  @Get('versions/:number')
  @AnyRole()
  version(@Param('number', numberPipe) number: number): Promise<PolicyVersion> {
    return this.policies.version(number);
  }

  @Get('changes')
  @AnyRole()
  compare(
    @Query('from', numberPipe) from: number,
    @Query('to', numberPipe) to: number,
  ): Promise<PolicyComparison> {
    return this.policies.compare(from, to);
  }

  @Post('validate')
  @HttpCode(200)
  @Roles('admin')
  validate(
    @Body(new ZodPipe(policyValidateInputSchema, { withNul: true })) input: PolicyValidateInput,
  ): Promise<PolicyValidation> {
    return this.policies.validate(input);
  }

  @Post('publish')
  @Roles('admin')
  publish(
    @Body(new ZodPipe(policyPublishInputSchema)) input: PolicyPublishInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyVersion> {
    return this.policies.publish(input, person);
  }

  @Post('versions/:number/publish')
  @Roles('admin')
  rollBack(
    @Param('number', numberPipe) number: number,
    @Body(new ZodPipe(policyRollbackInputSchema)) input: PolicyRollbackInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyVersion> {
    return this.policies.rollBack(number, input, person);
  }
}
