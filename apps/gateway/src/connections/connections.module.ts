import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionTestService } from './connection-test.service.ts';
import { ConnectionRegistry } from './connection-registry.ts';
import { ConnectionRepository } from './connection.repository.ts';
import { ConnectionsController } from './connections.controller.ts';
import { ConnectionsService } from './connections.service.ts';
import { CredentialVault } from './credential-vault.ts';
import { OutgoingModule } from './outgoing.module.ts';
import { ToolCatalogue } from './tool-catalogue.ts';
import { ToolDefinitionRepository } from './tool-definition.repository.ts';
import { UpstreamProbe } from './upstream-probe.ts';

@Module({
  imports: [AuditModule, OutgoingModule],
  controllers: [ConnectionsController],
  providers: [
    ConnectionRegistry,
    ConnectionRepository,
    ConnectionTestService,
    ConnectionsService,
    CredentialVault,
    ToolCatalogue,
    ToolDefinitionRepository,
    UpstreamProbe,
  ],
  exports: [
    ConnectionRegistry,
    ConnectionRepository,
    CredentialVault,
    OutgoingModule,
    ToolCatalogue,
  ],
})
export class ConnectionsModule {}
