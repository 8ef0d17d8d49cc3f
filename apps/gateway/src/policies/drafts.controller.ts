import {
  policyDraftInputSchema,
  policyDraftSaveSchema,
  type PolicyDraft,
  type PolicyDraftInput,
  type PolicyDraftList,
  type PolicyDraftSave,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../platform/zod.pipe.ts';
import { DraftsService } from './drafts.service.ts';

/** Unpublished text is for those who may publish. */
@Controller('api/policy/drafts')
@Roles('admin')
export class DraftsController {
  constructor(private readonly drafts: DraftsService) {}

  @Get()
  list(): Promise<PolicyDraftList> {
    return this.drafts.list();
  }

  @Get(':id')
  find(@Param('id', UuidPipe) id: string): Promise<PolicyDraft> {
    return this.drafts.find(id);
  }

  @Post()
  create(
    @Body(new ZodPipe(policyDraftInputSchema)) input: PolicyDraftInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyDraft> {
    return this.drafts.create(input, person);
  }

  @Put(':id')
  save(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(policyDraftSaveSchema)) input: PolicyDraftSave,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyDraft> {
    return this.drafts.save(id, input, person);
  }

  @Delete(':id')
  discard(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyDraftList> {
    return this.drafts.discard(id, person);
  }

  @Post(':id/restore')
  @HttpCode(200)
  restore(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PolicyDraft> {
    return this.drafts.restore(id, person);
  }
}
