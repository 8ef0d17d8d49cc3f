import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { PolicyRepository } from './policy.repository.ts';
import { PolicyStore } from './policy-store.ts';

@Module({
  imports: [AuditModule],
  providers: [PolicyRepository, PolicyStore],
  exports: [PolicyStore],
})
export class PoliciesModule {}
