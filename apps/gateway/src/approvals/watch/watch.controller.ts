import { watchInputSchema, type ApprovalWatch, type WatchInput } from '@holdpoint/contracts';
import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { Watches } from './watches.ts';

const idPipe = new ZodPipe(z.uuid());

@Controller('api/approvals/:id/watch')
@Roles('reviewer')
export class WatchController {
  constructor(private readonly watches: Watches) {}

  @Post()
  @HttpCode(200)
  watch(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(watchInputSchema)) input: WatchInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalWatch> {
    return this.watches.watch(id, input, person);
  }

  @Delete()
  leave(
    @Param('id', idPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalWatch> {
    return this.watches.leave(id, person);
  }
}
