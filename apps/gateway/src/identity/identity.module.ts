import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.ts';
import { LiveModule } from '../live/live.module.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { ConsoleGuard } from './console.guard.ts';
import { GroupCheck } from './group-check.ts';
import { Issuer } from './issuer.ts';
import { MeController } from './me.controller.ts';
import { FinishSignIn, StartSignIn } from './openid.guard.ts';
import { OpenIdStrategy } from './openid.strategy.ts';
import { OpenSessions } from './open-sessions.ts';
import { PeopleController } from './people.controller.ts';
import { PeopleRepository } from './people.repository.ts';
import { PolicyTokensController } from './policy-tokens.controller.ts';
import { PolicyTokens } from './policy-tokens.ts';
import { ProtectedResource } from './protected-resource.ts';
import { ServiceIdentitiesController } from './service-identities.controller.ts';
import { ServiceIdentitiesService } from './service-identities.service.ts';
import { ServiceIdentities } from './service-identities.ts';
import { SignInController } from './sign-in.controller.ts';

@Module({
  imports: [AuditModule, LiveModule],
  controllers: [
    SignInController,
    MeController,
    PeopleController,
    PolicyTokensController,
    ServiceIdentitiesController,
  ],
  providers: [
    BearerTokens,
    FinishSignIn,
    GroupCheck,
    Issuer,
    OpenIdStrategy,
    OpenSessions,
    PeopleRepository,
    PolicyTokens,
    ProtectedResource,
    ServiceIdentities,
    ServiceIdentitiesService,
    StartSignIn,
    // Global from here: every route of every module is closed until it says whom it is for.
    { provide: APP_GUARD, useClass: ConsoleGuard },
  ],
  exports: [BearerTokens, GroupCheck, OpenSessions, PeopleRepository, ProtectedResource],
})
export class IdentityModule {}
