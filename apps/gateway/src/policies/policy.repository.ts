import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.ts';
import type { PolicyVersion as Row } from '../platform/prisma/generated/client.ts';

export type StoredPolicy = Row;
export type StoredPolicySummary = Omit<Row, 'source' | 'cases'>;

const newestSchema = z.object({ newest: z.number().int().nullable() });

/** Reads policy versions; they are never updated. Publishing is named SQL in `policy.sql.ts`. */
@Injectable()
export class PolicyRepository {
  constructor(private readonly database: Database) {}

  async newestNumber(): Promise<number | null> {
    const { rows } = await this.database.pool.query(
      'select max(number) as newest from policy_version',
    );
    return newestSchema.parse(rows[0]).newest;
  }

  newest(): Promise<StoredPolicy | null> {
    return this.database.prisma.policyVersion.findFirst({ orderBy: { number: 'desc' } });
  }

  byNumber(number: number): Promise<StoredPolicy | null> {
    return this.database.prisma.policyVersion.findUnique({ where: { number } });
  }

  list(): Promise<readonly StoredPolicySummary[]> {
    return this.database.prisma.policyVersion.findMany({
      orderBy: { number: 'desc' },
      omit: { source: true, cases: true },
      take: 500,
    });
  }
}
