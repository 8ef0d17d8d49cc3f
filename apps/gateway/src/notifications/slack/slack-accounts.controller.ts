import {
  slackOfferInputSchema,
  slackUntieSchema,
  type SlackAccountList,
  type SlackOffer,
  type SlackOfferInput,
  type SlackUntie,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { AnyRole, CurrentPerson } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { SlackAccounts } from './slack-accounts.service.ts';

/** A person's own Slack accounts. */
@Controller('api/slack-accounts')
export class SlackAccountsController {
  constructor(private readonly accounts: SlackAccounts) {}

  @Get()
  @AnyRole()
  list(@CurrentPerson() person: SignedInPerson): Promise<SlackAccountList> {
    return this.accounts.list(person);
  }

  /** A read; the link stays out of addresses and logs. */
  @Post('offer')
  @HttpCode(200)
  @AnyRole()
  offer(@Body(new ZodPipe(slackOfferInputSchema)) input: SlackOfferInput): Promise<SlackOffer> {
    return this.accounts.offer(input);
  }

  @Post()
  @AnyRole()
  tie(
    @Body(new ZodPipe(slackOfferInputSchema)) input: SlackOfferInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<SlackAccountList> {
    return this.accounts.tie(input, person);
  }

  @Delete()
  @AnyRole()
  untie(
    @Body(new ZodPipe(slackUntieSchema)) input: SlackUntie,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<SlackAccountList> {
    return this.accounts.untie(input, person);
  }
}
