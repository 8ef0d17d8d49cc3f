import {
  approvalListQuerySchema,
  noteInputSchema,
  verdictInputSchema,
  type ApprovalContext,
  type ApprovalDetail,
  type ApprovalPage,
  type NoteInput,
  type PasskeyChallenge,
  type VerdictInput,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { AnyRole, CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';

const idPipe = new ZodPipe(z.uuid());
import { ApprovalContextView } from './approval-context.ts';
import { ApprovalsView } from './approvals.view.ts';
import { NotesService } from './notes.service.ts';
import { VerdictsService } from './verdicts.service.ts';

@Controller('api/approvals')
export class ApprovalsController {
  constructor(
    private readonly view: ApprovalsView,
    private readonly context: ApprovalContextView,
    private readonly verdicts: VerdictsService,
    private readonly notes: NotesService,
  ) {}

  @Get()
  @AnyRole()
  list(
    @Query(new ZodPipe(approvalListQuerySchema)) query: z.infer<typeof approvalListQuerySchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalPage> {
    return this.view.page(query, person);
  }

  @Get(':id')
  @AnyRole()
  get(
    @Param('id', idPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    return this.view.detail(id, person);
  }

  @Get(':id/context')
  @Roles('reviewer', 'admin', 'auditor', 'breakglass')
  contextOf(
    @Param('id', idPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalContext> {
    return this.context.of(id, person);
  }

  @Post(':id/verdict/challenge')
  @HttpCode(200)
  @Roles('reviewer')
  challenge(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(verdictInputSchema)) input: VerdictInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PasskeyChallenge> {
    return this.verdicts.challenge(id, input, person);
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

  @Post(':id/notes')
  @HttpCode(200)
  @Roles('reviewer')
  async say(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(noteInputSchema, { withNul: true })) input: NoteInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    await this.notes.add(id, input, person);
    return this.view.detail(id, person);
  }
}
