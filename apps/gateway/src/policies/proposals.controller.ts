import {
  policyProposeInputSchema,
  policyRollbackInputSchema,
  proposalDeclineSchema,
  proposalVerdictSchema,
  type PolicyProposal,
  type PolicyProposalList,
  type PolicyProposeInput,
  type PolicyRollbackInput,
  type PolicyVersion,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../platform/zod.pipe.ts';
import { PoliciesService } from './policies.service.ts';
import { ProposalsService } from './proposals.service.ts';

const numberPipe = new ZodPipe(z.coerce.number().int().min(1).max(2_147_483_647));
const verdictPipe = new ZodPipe(proposalVerdictSchema);
type Verdict = z.infer<typeof proposalVerdictSchema>;

@Controller('api/policy')
@Roles('admin')
export class ProposalsController {
  constructor(
    private readonly proposals: ProposalsService,
    private readonly policies: PoliciesService,
  ) {}

  @Get('proposals')
  list(@CurrentPerson() person: SignedInPerson): Promise<PolicyProposalList> {
    return this.proposals.list(person);
  }

  @Get('proposals/:id')
  find(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyProposal> {
    return this.proposals.find(id, person);
  }

  @Post('proposals')
  propose(
    @Body(new ZodPipe(policyProposeInputSchema)) input: PolicyProposeInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyProposal> {
    return this.proposals.propose({ ...input, origin: 'console' }, person);
  }

  @Post('versions/:number/propose')
  async proposeRollback(
    @Param('number', numberPipe) number: number,
    @Body(new ZodPipe(policyRollbackInputSchema)) input: PolicyRollbackInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyProposal> {
    return this.proposals.propose(await this.policies.rollbackOf(number, input), person);
  }

  @Post('proposals/:id/publish')
  async publish(
    @Param('id', UuidPipe) id: string,
    @Body(verdictPipe) { digest }: Verdict,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyVersion> {
    return this.policies.version(await this.proposals.publish(id, digest, person));
  }

  @Post('proposals/:id/decline')
  @HttpCode(200)
  decline(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(proposalDeclineSchema)) input: z.infer<typeof proposalDeclineSchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyProposal> {
    return this.proposals.decline(id, input.digest, input.reason, person);
  }

  @Post('proposals/:id/withdraw')
  @HttpCode(200)
  withdraw(
    @Param('id', UuidPipe) id: string,
    @Body(verdictPipe) { digest }: Verdict,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyProposal> {
    return this.proposals.withdraw(id, digest, person);
  }
}
