import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { Reveals } from './reveals.ts';
import { SessionRepository } from './session.repository.ts';
import { SessionsController } from './sessions.controller.ts';
import { SessionsService } from './sessions.service.ts';

@Module({
  imports: [AuditModule],
  controllers: [SessionsController],
  providers: [Reveals, SessionRepository, SessionsService],
  exports: [Reveals],
})
export class SessionsModule {}
