import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { NotificationsModule } from '../notifications/notifications.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { ApprovalsController } from './approvals.controller.ts';
import { ApprovalsView } from './approvals.view.ts';
import { ContinuationDesk } from './continuation-desk.ts';
import { Conversation } from './conversation.ts';
import { HeldPayload } from './held-payload.ts';
import { HoldDesk } from './hold-desk.ts';
import { Sweeper } from './sweeper.ts';
import { TaskDesk } from './task-desk.ts';
import { VerdictsService } from './verdicts.service.ts';
import { WaitRoom } from './wait-room.ts';

@Module({
  imports: [AuditModule, ConnectionsModule, IdentityModule, NotificationsModule, PoliciesModule],
  controllers: [ApprovalsController],
  providers: [
    ApprovalsView,
    ContinuationDesk,
    Conversation,
    HeldPayload,
    HoldDesk,
    Sweeper,
    TaskDesk,
    VerdictsService,
    WaitRoom,
  ],
  exports: [ContinuationDesk, HeldPayload, HoldDesk, TaskDesk, WaitRoom],
})
export class ApprovalsModule {}
