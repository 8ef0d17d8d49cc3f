import { createHash } from 'node:crypto';
import type {
  PolicyInForce,
  PolicyPublishInput,
  PolicyValidation,
  PolicyVersion,
} from '@holdpoint/contracts';
import { compilePolicy, type CompileResult } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { PolicyStore } from './policy-store.ts';
import { PolicyRepository } from './policy.repository.ts';
import { insertVersion } from './policy.sql.ts';
import { toPolicyView, toVersionView } from './policy.view.ts';

/** Reading, validating and publishing policy versions. */
@Injectable()
export class PoliciesService {
  constructor(
    private readonly repository: PolicyRepository,
    private readonly store: PolicyStore,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  async inForce(): Promise<PolicyInForce> {
    const newest = await this.repository.newest();
    if (newest === null) throw new GatewayError('not_found', 'No policy has been published yet.');
    const compiled = compilePolicy(newest.source);
    if (compiled.ok) return toPolicyView(newest, compiled.policy);
    // An unreadable version is still shown, so that an admin can publish its repair.
    return {
      version: { ...toVersionView(newest, newest.number), source: newest.source },
      rules: [],
    };
  }

  async versions(): Promise<{ items: Omit<PolicyVersion, 'source'>[] }> {
    const rows = await this.repository.list();
    const newest = rows[0]?.number ?? 0;
    return { items: rows.map((row) => toVersionView(row, newest)) };
  }

  async version(number: number): Promise<PolicyVersion> {
    const [row, newest] = await Promise.all([
      this.repository.byNumber(number),
      this.repository.newestNumber(),
    ]);
    if (row === null)
      throw new GatewayError('not_found', 'There is no such version of the policy.');
    return { ...toVersionView(row, newest ?? 0), source: row.source };
  }

  validate(source: string): PolicyValidation {
    const compiled = compileToPublish(source);
    return compiled.ok
      ? { ok: true, issues: [], ruleCount: compiled.policy.rules.length }
      : { ok: false, issues: issuesOf(compiled), ruleCount: 0 };
  }

  /** The new version is in force here when it returns. */
  async publish(input: PolicyPublishInput, person: SignedInPerson): Promise<PolicyVersion> {
    const compiled = compileToPublish(input.source);
    if (!compiled.ok) {
      throw new GatewayError('policy_invalid', 'The policy has faults, so it was not published.', {
        details: { issues: issuesOf(compiled) },
      });
    }
    const number = input.base + 1;
    await this.database.transaction(async (client) => {
      const draft = { ...input, note: input.note ?? null, publishedBy: person.name };
      if (!(await insertVersion(client, draft))) throw stale();
      await this.ledger.appendIn(client, {
        kind: 'policy.published',
        who: person.key,
        data: {
          number,
          person: person.name,
          note: input.note ?? '',
          rules: compiled.policy.rules.length,
          sourceSha256: createHash('sha256').update(input.source).digest('hex'),
        },
      });
      await this.bus.announce('policies', String(number), client);
    });
    await this.store.refresh();
    return this.version(number);
  }
}

/** Stricter than reading a stored version: a rule that names a chain nobody defined would only deny. */
function compileToPublish(source: string): CompileResult {
  if (source.includes('\0')) {
    const issue = {
      message: 'The text holds a NUL character.',
      path: [],
      line: 1,
      column: 1,
      endLine: 1,
      endColumn: 1,
    };
    return { ok: false, issues: [issue] };
  }
  return compilePolicy(source, { knownChains: [] });
}

function issuesOf({ issues }: Extract<CompileResult, { ok: false }>): PolicyValidation['issues'] {
  return issues.map(({ message, line, column, endLine, endColumn }) => ({
    message,
    line,
    column,
    endLine,
    endColumn,
  }));
}

function stale(): GatewayError {
  return new GatewayError(
    'stale_version',
    'Another version was published while you were editing. Compare it with yours, and publish again.',
  );
}
