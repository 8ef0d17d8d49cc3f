import {
  liftFreezeSchema,
  newFreezeSchema,
  type FreezeList,
  type LiftFreeze,
  type NewFreeze,
  type RecentCallers,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { AnyRole, CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { FreezesService } from './freezes.service.ts';

/** Every write answers with the whole list: it is short, and nobody shows an older one. */
@Controller('api/freezes')
export class FreezesController {
  constructor(private readonly freezes: FreezesService) {}

  @Get()
  @AnyRole()
  list(): Promise<FreezeList> {
    return this.freezes.list();
  }

  @Get('callers')
  @Roles('reviewer', 'admin')
  callers(): Promise<RecentCallers> {
    return this.freezes.callers();
  }

  @Post()
  @HttpCode(200)
  @Roles('reviewer', 'admin')
  freeze(
    @Body(new ZodPipe(newFreezeSchema)) input: NewFreeze,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<FreezeList> {
    return this.freezes.freeze(input, person);
  }

  @Post('lift')
  @HttpCode(200)
  @Roles('admin')
  lift(
    @Body(new ZodPipe(liftFreezeSchema)) input: LiftFreeze,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<FreezeList> {
    return this.freezes.lift(input, person);
  }
}
