import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { FirstVersion } from './first-version.ts';
import { PoliciesController } from './policies.controller.ts';
import { PoliciesService } from './policies.service.ts';
import { PolicyRepository } from './policy.repository.ts';
import { PolicyStore } from './policy-store.ts';

@Module({
  imports: [AuditModule],
  controllers: [PoliciesController],
  providers: [FirstVersion, PoliciesService, PolicyRepository, PolicyStore],
  exports: [PolicyStore],
})
export class PoliciesModule {}
