import {
  breakGlassInputSchema,
  type ApprovalDetail,
  type BreakGlassInput,
  type BreakGlassList,
  type PasskeyChallenge,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { ApprovalsView } from '../approvals.view.ts';
import { BreakGlass } from './break-glass.service.ts';

const idPipe = new ZodPipe(z.uuid());

@Controller('api')
export class BreakGlassController {
  constructor(
    private readonly breakGlass: BreakGlass,
    private readonly view: ApprovalsView,
  ) {}

  @Post('approvals/:id/break-glass')
  @HttpCode(200)
  @Roles('breakglass')
  async use(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(breakGlassInputSchema)) input: BreakGlassInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ApprovalDetail> {
    await this.breakGlass.use(id, input, person);
    return this.view.detail(id, person);
  }

  @Post('approvals/:id/break-glass/challenge')
  @HttpCode(200)
  @Roles('breakglass')
  challenge(
    @Param('id', idPipe) id: string,
    @Body(new ZodPipe(breakGlassInputSchema)) input: BreakGlassInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PasskeyChallenge> {
    return this.breakGlass.challenge(id, input, person);
  }

  @Get('break-glass')
  @Roles('admin', 'auditor')
  open(): Promise<BreakGlassList> {
    return this.breakGlass.open();
  }

  @Post('break-glass/:id/acknowledge')
  @HttpCode(200)
  @Roles('admin', 'auditor')
  acknowledge(
    @Param('id', idPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<BreakGlassList> {
    return this.breakGlass.acknowledge(id, person);
  }
}
