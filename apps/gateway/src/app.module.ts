import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ApprovalsModule } from './approvals/approvals.module.ts';
import { AuditModule } from './audit/audit.module.ts';
import { CatalogueModule } from './catalogue/catalogue.module.ts';
import { ConnectionsModule } from './connections/connections.module.ts';
import { ConnectorsModule } from './connectors/connectors.module.ts';
import { EditsModule } from './edits/edits.module.ts';
import { FreezesModule } from './freezes/freezes.module.ts';
import { IdentityModule } from './identity/identity.module.ts';
import { LiveModule } from './live/live.module.ts';
import { McpModule } from './mcp/mcp.module.ts';
import { ChannelsModule } from './notifications/channels.module.ts';
import { NumbersModule } from './numbers/numbers.module.ts';
import { PasskeysModule } from './passkeys/passkeys.module.ts';
import { ApiErrorFilter } from './platform/error.filter.ts';
import { HealthController } from './platform/health.controller.ts';
import { PlatformModule } from './platform/platform.module.ts';
import { PoliciesModule } from './policies/policies.module.ts';
import { SimulationModule } from './policies/simulation/simulation.module.ts';
import { VocabularyModule } from './policies/vocabulary.module.ts';
import { RotasModule } from './rotas/rotas.module.ts';
import { SessionsModule } from './sessions/sessions.module.ts';

@Module({
  imports: [
    PlatformModule,
    IdentityModule,
    LiveModule,
    McpModule,
    ApprovalsModule,
    AuditModule,
    CatalogueModule,
    ConnectionsModule,
    ConnectorsModule,
    EditsModule,
    FreezesModule,
    ChannelsModule,
    NumbersModule,
    PasskeysModule,
    PoliciesModule,
    RotasModule,
    SessionsModule,
    SimulationModule,
    VocabularyModule,
  ],
  controllers: [HealthController],
  providers: [{ provide: APP_FILTER, useClass: ApiErrorFilter }],
})
export class AppModule {}
