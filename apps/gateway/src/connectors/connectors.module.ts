import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectorLinksModule } from './connector-links.module.ts';
import { ConnectorsController } from './connectors.controller.ts';
import { ConnectorsService } from './connectors.service.ts';
import { Enrolments } from './enrolments.ts';

@Module({
  imports: [AuditModule, ConnectorLinksModule],
  controllers: [ConnectorsController],
  providers: [ConnectorsService, Enrolments],
})
export class ConnectorsModule {}
