import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { IN_FORCE } from '../approvals/delegation/delegation.sql.ts';
import type { Environment } from '../env.ts';
import { rolesOf } from '../identity/roles.ts';
import { Database } from '../platform/database.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { onCallIn } from '../rotas/rota-registry.ts';
import type { ApprovalEventFacts } from './events/event-facts.ts';

/** A step that asks more people than this is told by a list's address. */
const MOST = 200;
/** For how long what the provider said of somebody is taken for true where nobody asks it again. */
const KNOWN_DAYS = 30;

const rowSchema = z.object({
  key: z.string(),
  has_email: z.boolean(),
  groups: z.array(z.string()),
  is_known: z.boolean(),
});

/** `$3` is the caller's key. */
const MAY_DECIDE = `key <> $3 and key not in (
  select owner_key from service_identity where issuer || '|' || subject = $3)`;

interface AskedPerson {
  readonly key: string;
  readonly hasEmail: boolean;
  /** The provider said not long ago that they are in groups that make a reviewer. */
  readonly isReviewer: boolean;
}

/**
 * Who could decide the step that asks, as far as is known: nothing is decided by it. Also who stands in
 * for one of them; never the caller or the owner of the calling service identity, who may not decide either.
 */
@Injectable()
export class AskedPeople {
  constructor(
    private readonly database: Database,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  /** Of the step that asks; nobody where none does. */
  async of(facts: ApprovalEventFacts, at: Date): Promise<readonly AskedPerson[]> {
    return facts.current === null ? [] : this.#find(facts, at, null);
  }

  /** Whether one person is among them; once nobody is asked any more, whether any step asked them. */
  async includes(personKey: string, facts: ApprovalEventFacts, at: Date): Promise<boolean> {
    const [found] = await this.#find(facts, at, personKey);
    return found?.isReviewer === true;
  }

  /**
   * Whether a person who was asked when it happened is so yet: whoever left the groups that ask is not.
   * By a rota they are, whoever's turn it is by now: whoever took over was told nothing of it.
   */
  async isStill(personKey: string, facts: ApprovalEventFacts): Promise<boolean> {
    if (circlesOf(facts).some(({ onCall }) => onCall !== undefined)) return true;
    return (await this.#find(facts, new Date(), personKey)).length > 0;
  }

  async #find(
    facts: ApprovalEventFacts,
    at: Date,
    only: string | null,
  ): Promise<readonly AskedPerson[]> {
    const circles = circlesOf(facts);
    const onCall = await onCallIn(this.database.pool, at);
    const people = circles.flatMap(({ people: named, onCall: rota }) => [
      ...named,
      ...(rota === undefined ? [] : (onCall(rota) ?? [])),
    ]);
    const groups = circles.flatMap((circle) => circle.groups).filter((group) => group !== '');
    const { rows } = await this.database.pool.query(
      `with asked as materialized (
         select key from person where (key = any($1) or groups && $2) and ${MAY_DECIDE})
       select key, email is not null as has_email, groups,
         coalesce(groups_at > now() - interval '${KNOWN_DAYS} days', false) as is_known
       from person
       where (key in (select key from asked) or key in (
           select d.delegate_key from delegation d
            where d.delegator_key in (select key from asked) and ${IN_FORCE}
              and (d.connections = '{}' or $6 = any(d.connections)) and (d.chains = '{}' or d.chains && $7)))
         and ${MAY_DECIDE} and ($5::text is null or key = $5)
       order by last_seen_at desc limit $4`,
      [people, groups, facts.callerKey, MOST, only, facts.connection.id, chainsOf(facts)],
    );
    return z
      .array(rowSchema)
      .parse(rows)
      .map((row) => ({
        key: row.key,
        hasEmail: row.has_email,
        isReviewer: row.is_known && rolesOf(row.groups, this.env).includes('reviewer'),
      }));
  }
}

/** Of the step that asks, and of whom it asks by now; of all steps once nobody is asked. */
function circlesOf(facts: ApprovalEventFacts) {
  const { asked } = facts;
  return [...askingSteps(facts).map(({ reviewers }) => reviewers), ...(asked ? [asked] : [])];
}

function chainsOf(facts: ApprovalEventFacts): string[] {
  return askingSteps(facts).map(({ chain }) => chain);
}

function askingSteps({ steps, current }: ApprovalEventFacts) {
  return current === null ? steps : steps.slice(current, current + 1);
}
