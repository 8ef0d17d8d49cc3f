import { Readable } from 'node:stream';
import {
  entryQuerySchema,
  exportQuerySchema,
  type Checkpoint,
  type Entry,
  type EntryQuery,
} from '@holdpoint/contracts';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { AuditService } from './audit.service.ts';
import { ExportService, type ExportPeriod } from './export.service.ts';

const cursorQuerySchema = entryQuerySchema.extend({ cursor: z.uuid().optional() });

@Controller('api/audit')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly exports: ExportService,
  ) {}

  @Get('entries')
  @Roles('auditor', 'admin')
  entries(
    @Query(new ZodPipe(cursorQuerySchema)) query: EntryQuery,
  ): Promise<{ items: Entry[]; next: string | null }> {
    return this.audit.entries(query);
  }

  @Get('checkpoint')
  @Roles('auditor', 'admin')
  checkpoint(): Promise<Checkpoint> {
    return this.audit.checkpoint();
  }

  @Get('export')
  @Roles('auditor', 'admin')
  async export(
    @Query(new ZodPipe(exportQuerySchema)) period: ExportPeriod,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<StreamableFile> {
    const lines = Readable.from(await this.exports.exportPeriod(period, person));
    return download(lines, 'application/x-ndjson; charset=utf-8', 'holdpoint-export.ndjson');
  }

  @Get('approvals.csv')
  @Roles('auditor', 'admin')
  async approvalsCsv(
    @Query(new ZodPipe(exportQuerySchema)) period: ExportPeriod,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<StreamableFile> {
    const csv = Buffer.from(await this.exports.approvalsCsv(period, person));
    return download(csv, 'text/csv; charset=utf-8', 'holdpoint-approvals.csv');
  }
}

function download(content: Readable | Buffer, type: string, name: string): StreamableFile {
  const options = { type, disposition: `attachment; filename="${name}"` };
  return content instanceof Readable
    ? new StreamableFile(content, options)
    : new StreamableFile(content, options);
}
