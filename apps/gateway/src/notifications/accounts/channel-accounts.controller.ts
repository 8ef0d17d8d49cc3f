import {
  accountAnswerSchema,
  accountUntieSchema,
  tieCodeInputSchema,
  type AccountAnswer,
  type AccountUntie,
  type ChannelAccountList,
  type TieCode,
  type TieCodeInput,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { AnyRole, CurrentPerson } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { ChannelAccounts } from './channel-accounts.service.ts';

/** A person's own accounts elsewhere. */
@Controller('api/channel-accounts')
export class ChannelAccountsController {
  constructor(private readonly accounts: ChannelAccounts) {}

  @Get()
  @AnyRole()
  list(@CurrentPerson() person: SignedInPerson): Promise<ChannelAccountList> {
    return this.accounts.list(person);
  }

  @Post('codes')
  @AnyRole()
  makeCode(
    @Body(new ZodPipe(tieCodeInputSchema)) input: TieCodeInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<TieCode> {
    return this.accounts.makeCode(input, person);
  }

  @Post()
  @AnyRole()
  tie(
    @Body(new ZodPipe(accountAnswerSchema)) input: AccountAnswer,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelAccountList> {
    return this.accounts.tie(input, person);
  }

  @Delete('offered')
  @AnyRole()
  refuse(
    @Body(new ZodPipe(accountAnswerSchema)) input: AccountAnswer,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelAccountList> {
    return this.accounts.refuse(input, person);
  }

  @Delete()
  @AnyRole()
  untie(
    @Body(new ZodPipe(accountUntieSchema)) input: AccountUntie,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelAccountList> {
    return this.accounts.untie(input, person);
  }
}
