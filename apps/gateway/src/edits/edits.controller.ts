import {
  editInputSchema,
  editWithdrawSchema,
  type ApprovalDetail,
  type EditInput,
  type EditWithdraw,
} from '@holdpoint/contracts';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { EditsService } from './edits.service.ts';

const idPipe = new ZodPipe(z.uuid());

@Controller('api/approvals/:id/edits')
export class EditsController {
  constructor(
    private readonly edits: EditsService,
    private readonly view: ApprovalsView,
  ) {}

  @Post()
  @HttpCode(200)
  @Roles('reviewer')
  async propose(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(editInputSchema)) input: EditInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    await this.edits.propose(id, input, person);
    return this.view.detail(id, person);
  }

  @Post('withdraw')
  @HttpCode(200)
  @Roles('reviewer')
  async withdraw(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(editWithdrawSchema)) input: EditWithdraw,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    await this.edits.withdraw(id, input.number, person);
    return this.view.detail(id, person);
  }
}
