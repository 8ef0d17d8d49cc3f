import { Module } from '@nestjs/common';
import { HttpOutgoingModule } from '../connections/http-outgoing.module.ts';
import { ApprovalReport } from './approval-report.ts';
import { AuditController } from './audit.controller.ts';
import { AuditRepository } from './audit.repository.ts';
import { AuditService } from './audit.service.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { ExportService } from './export.service.ts';
import { FrameReader } from './frame-reader.ts';
import { Ledger } from './ledger.ts';
import { LogKey } from './log-key.ts';
import { Sequencer } from './sequencer.ts';

@Module({
  imports: [HttpOutgoingModule],
  controllers: [AuditController],
  providers: [
    ApprovalReport,
    AuditRepository,
    AuditService,
    CheckpointKeeper,
    ExportService,
    FrameReader,
    Ledger,
    LogKey,
    Sequencer,
  ],
  exports: [FrameReader, Ledger],
})
export class AuditModule {}
