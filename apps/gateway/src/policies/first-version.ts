import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { insertVersion } from './policy.sql.ts';

const SOURCE = 'rules: []\n';
const NOTE = 'Every call takes its connection’s default.';
const BY = 'installation';

/**
 * Gives a new installation a policy without rules, so that its connections' defaults, which hold,
 * are in force from the first call on.
 */
@Injectable()
export class FirstVersion {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  /** Where several replicas start at once, one of them publishes; with any version there, none does. */
  async publish(): Promise<void> {
    await this.database.transaction(async (client) => {
      const isFirst = await insertVersion(client, {
        source: SOURCE,
        cases: '',
        base: 0,
        note: NOTE,
        publishedBy: { key: null, name: BY },
        proposedBy: null,
        rolledBackTo: null,
        origin: 'installation',
      });
      if (!isFirst) return;
      await this.ledger.appendIn(client, {
        kind: 'policy.published',
        data: {
          number: 1,
          person: BY,
          note: NOTE,
          rules: 0,
          sourceSha256: createHash('sha256').update(SOURCE).digest('hex'),
        },
      });
      await this.bus.announce('policies', '1', client);
    });
  }
}
