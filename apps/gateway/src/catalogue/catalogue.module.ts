import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { CatalogueController } from './catalogue.controller.ts';
import { CatalogueItemRepository } from './catalogue-item.repository.ts';
import { CatalogueService } from './catalogue.service.ts';

@Module({
  imports: [AuditModule, ConnectionsModule, PoliciesModule],
  controllers: [CatalogueController],
  providers: [CatalogueItemRepository, CatalogueService],
})
export class CatalogueModule {}
