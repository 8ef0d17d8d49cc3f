import {
  approvalListQuerySchema,
  verdictInputSchema,
  type ApprovalDetail,
  type ApprovalPage,
  type VerdictInput,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';

const idPipe = new ZodPipe(z.uuid());
import { ApprovalsView } from './approvals.view.ts';
import { VerdictsService } from './verdicts.service.ts';

@Controller('api/approvals')
export class ApprovalsController {
  constructor(
    private readonly view: ApprovalsView,
    private readonly verdicts: VerdictsService,
  ) {}

  @Get()
  @Roles('reviewer', 'admin', 'auditor')
  list(
    @Query(new ZodPipe(approvalListQuerySchema)) query: z.infer<typeof approvalListQuerySchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalPage> {
    return this.view.page(query, person);
  }

  @Get(':id')
  @Roles('reviewer', 'admin', 'auditor')
  get(
    @Param('id', idPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    return this.view.detail(id, person);
  }

  @Post(':id/verdict')
  @HttpCode(200)
  @Roles('reviewer')
  async decide(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(verdictInputSchema)) input: VerdictInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    await this.verdicts.give(id, input, person);
    return this.view.detail(id, person);
  }
}
