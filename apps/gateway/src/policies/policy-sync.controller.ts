import {
  policySyncInputSchema,
  type PolicySyncInput,
  type PolicySyncResult,
  type PolicySyncState,
} from '@holdpoint/contracts';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { CurrentPipeline, Pipelines } from '../identity/access.ts';
import type { PolicyPipeline } from '../identity/policy-tokens.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { PolicySync } from './policy-sync.ts';

/** For pipelines with a policy token: `holdpoint policy diff|apply|export`. */
@Controller('api/policy-sync')
export class PolicySyncController {
  constructor(private readonly sync: PolicySync) {}

  @Get()
  @Pipelines('read')
  inForce(): Promise<PolicySyncState> {
    return this.sync.inForce();
  }

  @Post()
  @Pipelines('propose')
  apply(
    @Body(new ZodPipe(policySyncInputSchema)) input: PolicySyncInput,
    @CurrentPipeline() pipeline: PolicyPipeline,
  ): Promise<PolicySyncResult> {
    return this.sync.apply(input, pipeline);
  }
}
