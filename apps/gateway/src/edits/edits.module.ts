import { Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/approvals.module.ts';
import { ConnectionsModule } from '../connections/connections.module.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { McpModule } from '../mcp/mcp.module.ts';
import { EditsController } from './edits.controller.ts';
import { EditsService } from './edits.service.ts';

@Module({
  imports: [ApprovalsModule, ConnectionsModule, IdentityModule, McpModule],
  controllers: [EditsController],
  providers: [EditsService],
})
export class EditsModule {}
