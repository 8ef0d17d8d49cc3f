import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/audit.module.ts';
import { ConnectionsModule } from '../../connections/connections.module.ts';
import { IdentityModule } from '../../identity/identity.module.ts';
import { RotaRegistryModule } from '../../rotas/rota-registry.module.ts';
import { SessionsModule } from '../../sessions/sessions.module.ts';
import { PoliciesModule } from '../policies.module.ts';
import { CallJudge } from './call-judge.ts';
import { ObservedService } from './observed.service.ts';
import { RecordedCallList } from './recorded-call-list.ts';
import { RecordedCalls } from './recorded-call.repository.ts';
import { RecordedConnections } from './recorded-connections.ts';
import { RecordedRun } from './recorded-run.ts';
import { SimulationController } from './simulation.controller.ts';
import { Simulations } from './simulations.service.ts';
import { SuggestionsService } from './suggestions.service.ts';
import { Trials } from './trial.service.ts';

/** What a policy would do: with recorded calls, and with one that is tried. */
@Module({
  imports: [
    AuditModule,
    ConnectionsModule,
    IdentityModule,
    PoliciesModule,
    RotaRegistryModule,
    SessionsModule,
  ],
  controllers: [SimulationController],
  providers: [
    CallJudge,
    RecordedCalls,
    RecordedConnections,
    ObservedService,
    RecordedCallList,
    RecordedRun,
    Simulations,
    SuggestionsService,
    Trials,
  ],
})
export class SimulationModule {}
