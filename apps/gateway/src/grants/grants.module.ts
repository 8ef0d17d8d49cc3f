import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { GrantDesk } from './grant-desk.ts';
import { GrantKeeper } from './grant-keeper.ts';
import { GrantStore } from './grant-store.ts';
import { GrantsController } from './grants.controller.ts';
import { GrantsService } from './grants.service.ts';

@Module({
  imports: [AuditModule, ConnectionsModule, IdentityModule, PoliciesModule],
  controllers: [GrantsController],
  providers: [GrantDesk, GrantKeeper, GrantStore, GrantsService],
  exports: [GrantDesk, GrantKeeper, GrantStore],
})
export class GrantsModule {}
