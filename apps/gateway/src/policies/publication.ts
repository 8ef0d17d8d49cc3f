import { createHash } from 'node:crypto';
import type { DraftAt } from '@holdpoint/contracts';
import type { PoolClient } from 'pg';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { closeDraft } from './draft.sql.ts';
import { changesAnything, changesBetween } from './policy-changes.ts';
import { PolicyCheck } from './policy-check.ts';
import { PolicyStore } from './policy-store.ts';
import { PolicyRepository } from './policy.repository.ts';
import { insertVersion, lockPublication, type Author } from './policy.sql.ts';
import { voidOutdated } from './proposal.sql.ts';

/** What somebody wants in force. */
export interface Publishable {
  readonly source: string;
  /** Left out: as in the version it is based on. */
  readonly cases?: string | undefined;
  readonly base: number;
  readonly note?: string | undefined;
  readonly draft?: DraftAt | undefined;
  readonly rolledBackTo?: number | undefined;
  readonly origin: 'console' | 'pipeline';
}

/** The same after every check: nothing is left to be wrong but the moment. */
export interface Checked extends Publishable {
  readonly cases: string;
  readonly note: string;
  readonly rules: number;
}

export interface Publishers {
  readonly publishedBy: Author;
  readonly proposedBy: Author | null;
}

/** The one way in which a text becomes the policy, whoever asks and however many admins it takes. */
@Injectable()
export class Publication {
  constructor(
    private readonly check: PolicyCheck,
    private readonly repository: PolicyRepository,
    private readonly store: PolicyStore,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  /**
   * @throws GatewayError `stale_version`, `policy_invalid`, `cases_failed`, or `invalid_input` without
   * a note where the rules change
   */
  async prepare(wanted: Publishable): Promise<Checked> {
    const base = await this.repository.byNumber(wanted.base);
    if (base === null || base.number !== (await this.repository.newestNumber())) throw stale();
    const cases = wanted.cases ?? base.cases;
    const { ruleCount } = this.check.require(wanted.source, cases);
    const note = wanted.note?.trim() ?? '';
    // What an installation begins with explains itself; so does the first policy in its place.
    const isFirst = base.origin === 'installation';
    if (note === '' && !isFirst && changesRules(base.source, wanted.source))
      throw new GatewayError('invalid_input', 'Say in the note what changed and why.', {
        fields: { note: 'Say what changed and why.' },
      });
    return { ...wanted, cases, note, rules: ruleCount };
  }

  /**
   * In the caller's transaction, under `lockPublication`: the version, its entry, and the end of what it overtakes.
   *
   * @throws GatewayError `stale_version`, or `draft_conflict` when the draft was saved meanwhile
   */
  async publishIn(client: PoolClient, wanted: Checked, by: Publishers): Promise<number> {
    const number = wanted.base + 1;
    const { source, cases, base, note, draft, rolledBackTo = null, origin } = wanted;
    const version = { source, cases, base, note: note === '' ? null : note, rolledBackTo, origin };
    if (!(await insertVersion(client, { ...version, ...by }))) throw stale();
    if (draft !== undefined && !(await closeDraft(client, draft, { source, cases }, number)))
      throw new GatewayError(
        'draft_conflict',
        'The draft was saved by somebody else meanwhile, so nothing was published. Look at it again.',
      );
    await voidOutdated(client, number);
    await this.ledger.appendIn(client, {
      kind: 'policy.published',
      ...(by.publishedBy.key !== null && { who: by.publishedBy.key }),
      data: {
        number,
        person: by.publishedBy.name,
        note,
        rules: wanted.rules,
        origin,
        sourceSha256: sha256(source),
        casesSha256: sha256(cases),
        ...(rolledBackTo !== null && { rolledBackTo }),
        ...(by.proposedBy !== null && {
          proposedBy: by.proposedBy.name,
          proposedByKey: by.proposedBy.key ?? '',
        }),
      },
    });
    await this.bus.announce('policies', String(number), client);
    return number;
  }

  /** Checks and publishes. The new version is in force here when it resolves. */
  async publish(wanted: Publishable, author: Author): Promise<number> {
    const checked = await this.prepare(wanted);
    const number = await this.database.transaction(async (client) => {
      await lockPublication(client);
      return this.publishIn(client, checked, { publishedBy: author, proposedBy: null });
    });
    await this.store.refresh();
    return number;
  }
}

function changesRules(before: string, after: string): boolean {
  const changes = changesBetween(before, after);
  // A version that can't be read any more is repaired: that is a change.
  return changes === null ? before !== after : changesAnything(changes);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function stale(): GatewayError {
  return new GatewayError(
    'stale_version',
    'Another version was published while you were editing. Compare it with yours, and publish again.',
  );
}
