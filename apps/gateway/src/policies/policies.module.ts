import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { RotaRegistryModule } from '../rotas/rota-registry.module.ts';
import { CallCounts } from './call-counts.ts';
import { DraftsController } from './drafts.controller.ts';
import { DraftsService } from './drafts.service.ts';
import { FirstVersion } from './first-version.ts';
import { PoliciesController } from './policies.controller.ts';
import { PoliciesService } from './policies.service.ts';
import { PolicyCheck } from './policy-check.ts';
import { PolicyRepository } from './policy.repository.ts';
import { PolicyStore } from './policy-store.ts';
import { PolicySyncController } from './policy-sync.controller.ts';
import { PolicySync } from './policy-sync.ts';
import { ProposalsController } from './proposals.controller.ts';
import { ProposalsService } from './proposals.service.ts';
import { Publication } from './publication.ts';
import { SecondAdmin } from './second-admin.ts';

@Module({
  imports: [AuditModule, ConnectionsModule, RotaRegistryModule],
  controllers: [PoliciesController, DraftsController, ProposalsController, PolicySyncController],
  providers: [
    CallCounts,
    DraftsService,
    FirstVersion,
    PoliciesService,
    PolicyCheck,
    PolicyRepository,
    PolicyStore,
    PolicySync,
    ProposalsService,
    Publication,
    SecondAdmin,
  ],
  exports: [CallCounts, PoliciesService, PolicyStore, ProposalsService, Publication, SecondAdmin],
})
export class PoliciesModule {}
