import { Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/approvals.module.ts';
import { AuditModule } from '../audit/audit.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { FreezeStoreModule } from '../freezes/freeze-store.module.ts';
import { GrantsModule } from '../grants/grants.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { PoliciesModule } from '../policies/policies.module.ts';
import { RotaRegistryModule } from '../rotas/rota-registry.module.ts';
import { Admission } from './admission.ts';
import { AnswerPresenter } from './answer-presenter.ts';
import { CallOrigins } from './call-origins.ts';
import { CallPipeline } from './call.pipeline.ts';
import { CallPlaces } from './call-places.ts';
import { Continuations } from './continuations.ts';
import { EventIds } from './event-ids.ts';
import { Forwarder } from './forwarder.ts';
import { GrantedCalls } from './granted-calls.ts';
import { FrameRelay } from './frame-relay.ts';
import { FreezeWatch } from './freeze-watch.ts';
import { HeldTaskCalls } from './held-task-calls.ts';
import { HeldTaskIds } from './held-task-ids.ts';
import { HeldTaskRelay } from './held-task-relay.ts';
import { HeldTaskRounds } from './held-task-rounds.ts';
import { HeldTaskRunner } from './held-task-runner.ts';
import { HeldTasks } from './held-tasks.ts';
import { HeldTaskStates } from './held-task-states.ts';
import { HeldEventIds } from './held-event-ids.ts';
import { HeldStreams } from './held-streams.ts';
import { HoldLadder } from './hold-ladder.ts';
import { InFlight } from './in-flight.ts';
import { Judge } from './judge.ts';
import { ListenStream } from './listen-stream.ts';
import { Masker } from './masker.ts';
import { McpEndpoint } from './mcp-endpoint.ts';
import { Presenter } from './presenter.ts';
import { Rejudger } from './rejudger.ts';
import { RequestStates } from './request-states.ts';
import { ResumedCalls } from './resumed-calls.ts';
import { ReturningAgents } from './returning-agents.ts';
import { SessionReaper } from './session-reaper.ts';
import { SessionStore } from './session-store.ts';
import { SideMessages } from './side-messages.ts';
import { SseClients } from './sse-clients.ts';
import { SseUpstreams } from './sse-upstreams.ts';
import { TaskOwners } from './task-owners.ts';
import { Transports } from './transports.ts';
import { UpstreamAsks } from './upstream-asks.ts';
import { UpstreamCancel } from './upstream-cancel.ts';
import { Upstream } from './upstream.ts';

@Module({
  imports: [
    ApprovalsModule,
    AuditModule,
    ConnectionsModule,
    FreezeStoreModule,
    GrantsModule,
    IdentityModule,
    PoliciesModule,
    RotaRegistryModule,
  ],
  providers: [
    Admission,
    AnswerPresenter,
    CallOrigins,
    CallPipeline,
    CallPlaces,
    Continuations,
    EventIds,
    Forwarder,
    GrantedCalls,
    FrameRelay,
    FreezeWatch,
    HeldTaskCalls,
    HeldTaskIds,
    HeldTaskRelay,
    HeldTaskRounds,
    HeldTaskRunner,
    HeldTasks,
    HeldTaskStates,
    HeldEventIds,
    HeldStreams,
    HoldLadder,
    InFlight,
    Judge,
    ListenStream,
    ResumedCalls,
    Masker,
    McpEndpoint,
    Presenter,
    Rejudger,
    RequestStates,
    ReturningAgents,
    SessionReaper,
    SessionStore,
    SideMessages,
    SseClients,
    SseUpstreams,
    TaskOwners,
    Transports,
    Upstream,
    UpstreamAsks,
    UpstreamCancel,
  ],
  exports: [Judge, McpEndpoint],
})
export class McpModule {}
