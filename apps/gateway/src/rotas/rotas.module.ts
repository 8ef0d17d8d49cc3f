import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { ChainWatch } from './chain-watch.ts';
import { RotaRegistryModule } from './rota-registry.module.ts';
import { RotasController } from './rotas.controller.ts';
import { RotasService } from './rotas.service.ts';

@Module({
  imports: [AuditModule, ConnectionsModule, IdentityModule, PoliciesModule, RotaRegistryModule],
  controllers: [RotasController],
  providers: [ChainWatch, RotasService],
})
export class RotasModule {}
