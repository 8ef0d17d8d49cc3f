import {
  approvalFiltersSchema,
  inboxRowsQuerySchema,
  savedViewInputSchema,
  snoozeInputSchema,
  type ApprovalFilters,
  type InboxFacets,
  type InboxIndex,
  type InboxRows,
  type SavedViewInput,
  type SavedViewList,
  type SnoozeInput,
  type Snoozed,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { AnyRole, CurrentPerson } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { InboxService } from './inbox.service.ts';
import { SavedViews } from './saved-views.ts';

const stateSchema = z.enum(['pending', 'settled']);

/** Everyone who may read approvals lists them as they like. Nothing here decides anything. */
@Controller('api/approvals')
@AnyRole()
export class InboxController {
  constructor(private readonly inbox: InboxService) {}

  @Get('count')
  count(): Promise<{ pendingCount: number }> {
    return this.inbox.count();
  }

  @Get('index')
  index(
    @Query(new ZodPipe(approvalFiltersSchema)) filters: ApprovalFilters,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<InboxIndex> {
    return this.inbox.index(filters, person);
  }

  @Get('rows')
  rows(
    @Query(new ZodPipe(inboxRowsQuerySchema))
    { ids, ...filters }: z.infer<typeof inboxRowsQuerySchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<InboxRows> {
    return this.inbox.rows(ids, filters, person);
  }

  @Get('facets')
  facets(
    @Query('state', new ZodPipe(stateSchema)) state: 'pending' | 'settled',
  ): Promise<InboxFacets> {
    return this.inbox.facets(state);
  }

  @Post('snoozes')
  @HttpCode(200)
  snooze(
    @Body(new ZodPipe(snoozeInputSchema)) input: SnoozeInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<Snoozed> {
    return this.inbox.snooze(input, person);
  }
}

@Controller('api/inbox-views')
@AnyRole()
export class SavedViewsController {
  constructor(private readonly views: SavedViews) {}

  @Get()
  list(@CurrentPerson() person: SignedInPerson): Promise<SavedViewList> {
    return this.views.list(person);
  }

  @Post()
  create(
    @Body(new ZodPipe(savedViewInputSchema)) input: SavedViewInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<SavedViewList> {
    return this.views.create(input, person);
  }

  @Put(':id')
  change(
    @Param('id', new ZodPipe(z.uuid())) id: string,
    @Body(new ZodPipe(savedViewInputSchema)) input: SavedViewInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<SavedViewList> {
    return this.views.change(id, input, person);
  }

  @Delete(':id')
  remove(
    @Param('id', new ZodPipe(z.uuid())) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<SavedViewList> {
    return this.views.remove(id, person);
  }
}
