import {
  routeInputSchema,
  routeUpdateSchema,
  type RouteInput,
  type RouteList,
  type RouteUpdate,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, Param, Post, Put } from '@nestjs/common';
import { CurrentPerson, Roles } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../../platform/zod.pipe.ts';
import { RoutesService } from './routes.service.ts';

/** Every write answers with the whole list: it is short, and nobody shows an older one. */
@Controller('api/routes')
export class RoutesController {
  constructor(private readonly routes: RoutesService) {}

  @Get()
  @Roles('admin', 'auditor')
  list(): Promise<RouteList> {
    return this.routes.list();
  }

  @Post()
  @Roles('admin')
  create(
    @Body(new ZodPipe(routeInputSchema)) input: RouteInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<RouteList> {
    return this.routes.create(input, person);
  }

  @Put(':id')
  @Roles('admin')
  update(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(routeUpdateSchema)) input: RouteUpdate,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<RouteList> {
    return this.routes.update(id, input, person);
  }

  @Delete(':id')
  @Roles('admin')
  remove(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<RouteList> {
    return this.routes.remove(id, person);
  }
}
