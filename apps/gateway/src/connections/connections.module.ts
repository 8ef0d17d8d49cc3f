import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { FreezeStoreModule } from '../freezes/freeze-store.module.ts';
import { RotaRegistryModule } from '../rotas/rota-registry.module.ts';
import { NotificationsModule } from '../notifications/notifications.module.ts';
import { CatalogueKeeper } from './catalogue-keeper.ts';
import { CatalogueRepository } from './catalogue.repository.ts';
import { ConnectionTestService } from './connection-test.service.ts';
import { ConnectionRegistry } from './connection-registry.ts';
import { ConnectionRepository } from './connection.repository.ts';
import { ConnectionsController } from './connections.controller.ts';
import { ConnectionsService } from './connections.service.ts';
import { CredentialVault } from './credential-vault.ts';
import { OutgoingModule } from './outgoing.module.ts';
import { Standing } from './standing.ts';
import { ToolCatalogue } from './tool-catalogue.ts';
import { UpstreamProbe } from './upstream-probe.ts';

@Module({
  imports: [
    AuditModule,
    FreezeStoreModule,
    NotificationsModule,
    OutgoingModule,
    RotaRegistryModule,
  ],
  controllers: [ConnectionsController],
  providers: [
    CatalogueKeeper,
    CatalogueRepository,
    ConnectionRegistry,
    ConnectionRepository,
    ConnectionTestService,
    ConnectionsService,
    CredentialVault,
    Standing,
    ToolCatalogue,
    UpstreamProbe,
  ],
  exports: [
    ConnectionRegistry,
    ConnectionRepository,
    ConnectionsService,
    CredentialVault,
    OutgoingModule,
    Standing,
    ToolCatalogue,
  ],
})
export class ConnectionsModule {}
