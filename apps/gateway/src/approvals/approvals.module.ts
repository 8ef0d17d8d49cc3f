import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { FreezeStoreModule } from '../freezes/freeze-store.module.ts';
import { GrantsModule } from '../grants/grants.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { NotificationsModule } from '../notifications/notifications.module.ts';
import { PasskeysModule } from '../passkeys/passkeys.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { RotaRegistryModule } from '../rotas/rota-registry.module.ts';
import { ApprovalsController } from './approvals.controller.ts';
import { ApprovalEditsView } from './approval-edits.view.ts';
import { ApprovalContextView } from './approval-context.ts';
import { ApprovalGrantsView } from './approval-grants.view.ts';
import { ApprovalsView } from './approvals.view.ts';
import { AskedController } from './asked.controller.ts';
import { AskedView } from './asked.view.ts';
import { BreakGlassController } from './break-glass/break-glass.controller.ts';
import { BreakGlass } from './break-glass/break-glass.service.ts';
import { ContinuationDesk } from './continuation-desk.ts';
import { Conversation } from './conversation.ts';
import { EditDesk } from './edit-desk.ts';
import { HeldEdits } from './held-edits.ts';
import { DelegationsController } from './delegation/delegations.controller.ts';
import { Delegations } from './delegation/delegations.service.ts';
import { Delegators } from './delegation/delegators.ts';
import { HeldPayload } from './held-payload.ts';
import { HeldSql } from './held-sql.ts';
import { HoldDesk } from './hold-desk.ts';
import { InboxController, SavedViewsController } from './inbox/inbox.controller.ts';
import { InboxService } from './inbox/inbox.service.ts';
import { SavedViews } from './inbox/saved-views.ts';
import { NotesService } from './notes.service.ts';
import { Openings } from './openings.ts';
import { PasskeyCheck } from './passkey-check.ts';
import { RejudgeDesk } from './rejudge-desk.ts';
import { ChainTimes } from './chain-time.ts';
import { StepClock } from './step-clock.ts';
import { Sweeper } from './sweeper.ts';
import { Talk } from './talk.ts';
import { TaskDesk } from './task-desk.ts';
import { VerdictsService } from './verdicts.service.ts';
import { WaitRoom } from './wait-room.ts';
import { WatchController } from './watch/watch.controller.ts';
import { Watches } from './watch/watches.ts';

@Module({
  imports: [
    AuditModule,
    ConnectionsModule,
    FreezeStoreModule,
    GrantsModule,
    IdentityModule,
    NotificationsModule,
    PasskeysModule,
    PoliciesModule,
    RotaRegistryModule,
  ],
  // Fixed addresses come before `:id`.
  controllers: [
    InboxController,
    SavedViewsController,
    AskedController,
    BreakGlassController,
    DelegationsController,
    WatchController,
    ApprovalsController,
  ],
  providers: [
    ApprovalEditsView,
    ApprovalContextView,
    ApprovalGrantsView,
    ApprovalsView,
    AskedView,
    BreakGlass,
    Delegations,
    Delegators,
    ContinuationDesk,
    Conversation,
    EditDesk,
    HeldEdits,
    HeldPayload,
    HeldSql,
    HoldDesk,
    InboxService,
    NotesService,
    Openings,
    PasskeyCheck,
    RejudgeDesk,
    SavedViews,
    ChainTimes,
    StepClock,
    Sweeper,
    Talk,
    TaskDesk,
    VerdictsService,
    WaitRoom,
    Watches,
  ],
  exports: [
    ApprovalsView,
    ContinuationDesk,
    EditDesk,
    HeldEdits,
    HeldPayload,
    HoldDesk,
    RejudgeDesk,
    TaskDesk,
    VerdictsService,
    WaitRoom,
  ],
})
export class ApprovalsModule {}
