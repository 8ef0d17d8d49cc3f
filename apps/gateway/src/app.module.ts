import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { IdentityModule } from './identity/identity.module.ts';
import { LiveModule } from './live/live.module.ts';
import { McpModule } from './mcp/mcp.module.ts';
import { ApiErrorFilter } from './platform/error.filter.ts';
import { HealthController } from './platform/health.controller.ts';
import { PlatformModule } from './platform/platform.module.ts';

@Module({
  imports: [PlatformModule, IdentityModule, LiveModule, McpModule],
  controllers: [HealthController],
  providers: [{ provide: APP_FILTER, useClass: ApiErrorFilter }],
})
export class AppModule {}
