import {
  pushBrowserInputSchema,
  type PushBrowserInput,
  type PushState,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { AnyRole, CurrentPerson } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../../platform/zod.pipe.ts';
import { PushBrowsers } from './push-browsers.service.ts';

/** A person's own browsers. Every write answers with all of them. */
@Controller('api/push')
export class PushController {
  constructor(private readonly browsers: PushBrowsers) {}

  @Get()
  @AnyRole()
  list(@CurrentPerson() person: SignedInPerson): Promise<PushState> {
    return this.browsers.list(person);
  }

  @Put('browsers')
  @AnyRole()
  subscribe(
    @Body(new ZodPipe(pushBrowserInputSchema)) input: PushBrowserInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PushState> {
    return this.browsers.subscribe(input, person);
  }

  @Delete('browsers/:id')
  @AnyRole()
  remove(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PushState> {
    return this.browsers.remove(id, person);
  }
}
