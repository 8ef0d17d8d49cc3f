import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ApprovalsModule } from './approvals/approvals.module.ts';
import { AuditModule } from './audit/audit.module.ts';
import { ConnectionsModule } from './connections/connections.module.ts';
import { IdentityModule } from './identity/identity.module.ts';
import { LiveModule } from './live/live.module.ts';
import { McpModule } from './mcp/mcp.module.ts';
import { NotificationsModule } from './notifications/notifications.module.ts';
import { ApiErrorFilter } from './platform/error.filter.ts';
import { HealthController } from './platform/health.controller.ts';
import { PlatformModule } from './platform/platform.module.ts';
import { PoliciesModule } from './policies/policies.module.ts';
import { SessionsModule } from './sessions/sessions.module.ts';

@Module({
  imports: [
    PlatformModule,
    IdentityModule,
    LiveModule,
    McpModule,
    ApprovalsModule,
    AuditModule,
    ConnectionsModule,
    NotificationsModule,
    PoliciesModule,
    SessionsModule,
  ],
  controllers: [HealthController],
  providers: [{ provide: APP_FILTER, useClass: ApiErrorFilter }],
})
export class AppModule {}
