import {
  callbackPayloadJsonSchema,
  channelInputSchema,
  channelUpdateSchema,
  messageQuerySchema,
  replayInputSchema,
  webhookPayloadJsonSchema,
  type Channel,
  type ChannelInput,
  type ChannelList,
  type ChannelSaved,
  type ChannelTest,
  type ChannelUpdate,
  type MessagePage,
  type MessageQuery,
  type Replayed,
  type ReplayInput,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { AnyRole, CurrentPerson, Roles } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../../platform/zod.pipe.ts';
import { MessagesService } from '../messages/messages.service.ts';
import { ChannelsService } from './channels.service.ts';
import { settingsShown } from './settings-shown.ts';

@Controller('api/channels')
export class ChannelsController {
  constructor(
    private readonly channels: ChannelsService,
    private readonly messages: MessagesService,
  ) {}

  /** What webhook channels post, as JSON Schema. */
  @Get('webhook-schema')
  @AnyRole()
  webhookSchema(): object {
    return webhookPayloadJsonSchema();
  }

  /** What comes back on them, likewise. */
  @Get('callback-schema')
  @AnyRole()
  callbackSchema(): object {
    return callbackPayloadJsonSchema();
  }

  @Get()
  @Roles('admin', 'auditor')
  async list(@CurrentPerson() person: SignedInPerson): Promise<ChannelList> {
    const { items } = await this.channels.list();
    return { items: items.map((channel) => shownTo(person, channel)) };
  }

  @Get(':id')
  @Roles('admin', 'auditor')
  async get(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<Channel> {
    return shownTo(person, await this.channels.get(id));
  }

  @Post()
  @Roles('admin')
  create(
    @Body(new ZodPipe(channelInputSchema)) input: ChannelInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelSaved> {
    return this.channels.create(input, person);
  }

  @Put(':id')
  @Roles('admin')
  update(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(channelUpdateSchema)) input: ChannelUpdate,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelSaved> {
    return this.channels.update(id, input, person);
  }

  @Post(':id/callback-secret')
  @HttpCode(200)
  @Roles('admin')
  renewCallback(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelSaved> {
    return this.channels.renewCallback(id, person);
  }

  @Delete(':id')
  @Roles('admin')
  remove(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelList> {
    return this.channels.remove(id, person);
  }

  @Post(':id/test')
  @HttpCode(200)
  @Roles('admin')
  test(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ChannelTest> {
    return this.channels.test(id, person);
  }

  @Get(':id/messages')
  @Roles('admin', 'auditor')
  log(
    @Param('id', UuidPipe) id: string,
    @Query(new ZodPipe(messageQuerySchema)) query: MessageQuery,
  ): Promise<MessagePage> {
    return this.messages.page(id, query);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Roles('admin')
  replay(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(replayInputSchema)) input: ReplayInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<Replayed> {
    return this.messages.replay(id, input, person);
  }
}

/** As with connections: addresses may carry secrets, so only admins get them whole. */
function shownTo({ roles }: SignedInPerson, channel: Channel): Channel {
  return roles.includes('admin') ? channel : { ...channel, config: settingsShown(channel.config) };
}
