import {
  passkeyInputSchema,
  type PasskeyInput,
  type PasskeyList,
  type PasskeyOptions,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { AnyRole, CurrentPerson } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { Passkeys } from './passkeys.service.ts';

/** Everybody for themselves: nobody adds or removes another person's passkey. */
@Controller('api/passkeys')
@AnyRole()
export class PasskeysController {
  constructor(private readonly passkeys: Passkeys) {}

  @Get()
  list(@CurrentPerson() person: SignedInPerson): Promise<PasskeyList> {
    return this.passkeys.list(person);
  }

  @Post('options')
  @HttpCode(200)
  options(@CurrentPerson() person: SignedInPerson): Promise<PasskeyOptions> {
    return this.passkeys.options(person);
  }

  @Post()
  add(
    @Body(new ZodPipe(passkeyInputSchema)) input: PasskeyInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PasskeyList> {
    return this.passkeys.add(input, person);
  }

  @Delete(':id')
  remove(
    @Param('id', new ZodPipe(z.uuid())) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<PasskeyList> {
    return this.passkeys.remove(id, person);
  }
}
