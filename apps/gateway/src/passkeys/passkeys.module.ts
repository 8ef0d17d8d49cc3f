import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { Passkeys } from './passkeys.service.ts';
import { PasskeysController } from './passkeys.controller.ts';

@Module({
  imports: [AuditModule],
  controllers: [PasskeysController],
  providers: [Passkeys],
  exports: [Passkeys],
})
export class PasskeysModule {}
