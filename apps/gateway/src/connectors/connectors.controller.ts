import {
  connectorEnrollSchema,
  connectorRenameSchema,
  enrolmentInputSchema,
  type ConnectorEnroll,
  type ConnectorEnrolled,
  type ConnectorLog,
  type ConnectorRename,
  type ConnectorSites,
  type EnrolmentCreated,
  type EnrolmentInput,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { CurrentPerson, Public, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe, ZodPipe } from '../platform/zod.pipe.ts';
import { ConnectorLogs } from './connector-log.ts';
import { ConnectorsService } from './connectors.service.ts';
import { Enrolments } from './enrolments.ts';

@Controller('api/connectors')
export class ConnectorsController {
  constructor(
    private readonly connectors: ConnectorsService,
    private readonly enrolments: Enrolments,
    private readonly logs: ConnectorLogs,
  ) {}

  @Get()
  @Roles('admin', 'auditor')
  list(): Promise<ConnectorSites> {
    return this.connectors.list();
  }

  /** SECURITY: for a connector, which has no session: the one-time token in the body is its proof. */
  @Post('enroll')
  @HttpCode(200)
  @Public()
  enroll(
    @Body(new ZodPipe(connectorEnrollSchema)) input: ConnectorEnroll,
  ): Promise<ConnectorEnrolled> {
    return this.enrolments.enroll(input);
  }

  @Post('enrolments')
  @Roles('admin')
  invite(
    @Body(new ZodPipe(enrolmentInputSchema)) input: EnrolmentInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<EnrolmentCreated> {
    return this.connectors.invite(input, person);
  }

  @Delete('enrolments/:id')
  @Roles('admin')
  withdraw(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectorSites> {
    return this.connectors.withdraw(id, person);
  }

  @Delete('sites/:id')
  @Roles('admin')
  removeSite(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectorSites> {
    return this.connectors.removeSite(id, person);
  }

  @Get(':id/log')
  @Roles('admin')
  log(@Param('id', UuidPipe) id: string): Promise<ConnectorLog> {
    return this.logs.read(id);
  }

  @Put(':id')
  @Roles('admin')
  rename(
    @Param('id', UuidPipe) id: string,
    @Body(new ZodPipe(connectorRenameSchema)) input: ConnectorRename,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectorSites> {
    return this.connectors.rename(id, input, person);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @Roles('admin')
  revoke(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectorSites> {
    return this.connectors.revoke(id, person);
  }

  @Delete(':id')
  @Roles('admin')
  remove(
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ConnectorSites> {
    return this.connectors.remove(id, person);
  }
}
