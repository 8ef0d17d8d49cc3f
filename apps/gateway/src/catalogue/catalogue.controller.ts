import {
  catalogueWordInputSchema,
  itemQuerySchema,
  type Catalogue,
  type CatalogueItemDetail,
  type CatalogueWordInput,
  type CatalogueWordResult,
  type ItemQuery,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../platform/zod.pipe.ts';
import { CatalogueService } from './catalogue.service.ts';

@Controller('api/connections/:id/catalogue')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get()
  @Roles('admin', 'auditor')
  get(@Param('id', UuidPipe) id: string): Promise<Catalogue> {
    return this.catalogue.get(id);
  }

  @Get('item')
  @Roles('admin', 'auditor')
  item(
    @Param('id', UuidPipe) id: string,
    @Query(new ZodPipe(itemQuerySchema)) query: ItemQuery,
  ): Promise<CatalogueItemDetail> {
    return this.catalogue.item(id, query);
  }

  @Post('accept')
  @HttpCode(200)
  @Roles('admin')
  accept(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(catalogueWordInputSchema)) input: CatalogueWordInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<CatalogueWordResult> {
    return this.catalogue.settle(id, 'accepted', input, person);
  }

  @Post('block')
  @HttpCode(200)
  @Roles('admin')
  block(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(catalogueWordInputSchema)) input: CatalogueWordInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<CatalogueWordResult> {
    return this.catalogue.settle(id, 'blocked', input, person);
  }
}
