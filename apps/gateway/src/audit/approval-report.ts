import { ApprovalRegister, parseEntry, type ApprovalRow } from '@holdpoint/audit-log';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import { approvalRowsHeldWithin } from './approval-record.ts';
import { AuditRepository } from './audit.repository.ts';

const PAGE = 1000;

/** Who asked for what, who decided, when and why, over a period. */
@Injectable()
export class ApprovalReport {
  constructor(
    private readonly repository: AuditRepository,
    private readonly database: Database,
  ) {}

  /** As the entries tell it, like the copy inside an export; then those that no entry accounts for. */
  async within(
    period: { readonly from: string; readonly to: string },
    first: number,
    end: number,
  ): Promise<ApprovalRow[]> {
    const register = new ApprovalRegister();
    for (let at = first; at < end; at += PAGE) {
      for (const leaf of await this.repository.leaves(at, Math.min(at + PAGE, end))) {
        const entry = parseEntry(leaf.content);
        if (entry !== undefined) register.add(leaf.position, entry);
      }
    }
    const told = register.rows();
    const known = new Set(told.map((row) => row.approval));
    const rest = await approvalRowsHeldWithin(this.database.pool, period);
    return [...told, ...rest.filter((row) => !known.has(row.approval))];
  }
}
