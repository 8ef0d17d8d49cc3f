import {
  connectionInputSchema,
  connectionTestInputSchema,
  connectionUpdateSchema,
  freezeInputSchema,
  type Connection,
  type ConnectionInput,
  type ConnectionSaved,
  type ConnectionTest,
  type ConnectionTestInput,
  type ConnectionUpdate,
  type Quarantined,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import type { z } from 'zod';
import { AnyRole, CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../platform/zod.pipe.ts';
import { ConnectionTestService } from './connection-test.service.ts';
import { ConnectionsService } from './connections.service.ts';

const unfreezeInputSchema = freezeInputSchema.partial();

@Controller('api/connections')
export class ConnectionsController {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly tests: ConnectionTestService,
  ) {}

  @Get()
  @AnyRole()
  list(@CurrentPerson() person: SignedInPerson): Promise<{ items: Connection[] }> {
    return this.connections.list(person);
  }

  @Get('quarantined')
  @Roles('admin', 'auditor')
  quarantined(): Quarantined {
    return this.connections.quarantined();
  }

  @Get(':id')
  @AnyRole()
  get(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<Connection> {
    return this.connections.get(id, person);
  }

  @Post()
  @Roles('admin')
  create(
    @Body(new ZodPipe(connectionInputSchema)) input: ConnectionInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectionSaved> {
    return this.connections.create(input, person);
  }

  @Post('test')
  @HttpCode(200)
  @Roles('admin')
  test(
    @Body(new ZodPipe(connectionTestInputSchema)) input: ConnectionTestInput,
  ): Promise<ConnectionTest> {
    return this.tests.test(input);
  }

  @Put(':id')
  @Roles('admin')
  update(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(connectionUpdateSchema)) input: ConnectionUpdate,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectionSaved> {
    return this.connections.update(id, input, person);
  }

  @Post(':id/freeze')
  @HttpCode(200)
  @Roles('admin')
  freeze(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(freezeInputSchema)) input: z.infer<typeof freezeInputSchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<Connection> {
    return this.connections.freeze(id, input.reason, person);
  }

  @Post(':id/unfreeze')
  @HttpCode(200)
  @Roles('admin')
  unfreeze(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(unfreezeInputSchema.default({}))) input: z.infer<typeof unfreezeInputSchema>,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<Connection> {
    return this.connections.unfreeze(id, input.reason, person);
  }

  @Post(':id/refresh-tools')
  @HttpCode(200)
  @Roles('admin')
  refreshTools(@Param('id', UuidPipe) id: string): Promise<ConnectionTest> {
    return this.tests.refreshTools(id);
  }
}
