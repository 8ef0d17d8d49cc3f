import { storedDecisionSchema, type Observed } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { lowestIdAt } from '../../audit/leaf.sql.ts';
import { Database } from '../../platform/database.ts';
import { PolicyStore } from '../policy-store.ts';
import { enforceDraft } from './proposals.ts';
import { RecordedCallList } from './recorded-call-list.ts';
import type { CallRow } from './recorded-call.sql.ts';
import { observedCalls } from './suggestion.sql.ts';

const DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The newest calls that observing rules were about; more say the same. */
const MAX_CALLS = 5000;
const SHOWN_CALLS = 10;

const contentSchema = z.object({
  data: z.object({ decision: storedDecisionSchema.pick({ observed: true, effect: true }) }),
});

interface Tally {
  matched: number;
  wouldChange: number;
  erred: number;
  readonly calls: CallRow[];
}

/** What rules in observe mode would have done, from the decisions as they were recorded. */
@Injectable()
export class ObservedService {
  constructor(
    private readonly database: Database,
    private readonly policies: PolicyStore,
    private readonly list: RecordedCallList,
  ) {}

  async observed(): Promise<Observed> {
    const { number: version, source, policy } = this.policies.current();
    const watching = policy.rules.filter(({ observed }) => observed);
    if (watching.length === 0) return { version, days: DAYS, rules: [] };
    const from = lowestIdAt(new Date(Date.now() - DAYS * DAY_MS));
    const tallies = tally(await observedCalls(this.database.pool, from, MAX_CALLS));
    const rules: Observed['rules'] = [];
    for (const { id, effect, description } of watching) {
      const { calls, ...counted } = tallies.get(id) ?? none();
      rules.push({
        ruleId: id,
        effect: effect ?? null,
        description: description ?? null,
        ...counted,
        calls: await this.list.shown(calls),
        draft: enforceDraft(source, policy, id),
      });
    }
    return { version, days: DAYS, rules };
  }
}

function tally(rows: Awaited<ReturnType<typeof observedCalls>>): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const row of rows) {
    const content = contentSchema.safeParse(JSON.parse(row.content));
    if (!content.success) continue;
    const { observed, effect } = content.data.data.decision;
    for (const { ruleId, error, wouldBe } of observed) {
      const counted = tallies.get(ruleId) ?? none();
      tallies.set(ruleId, counted);
      if (error === null) counted.matched += 1;
      else counted.erred += 1;
      if (wouldBe === effect) continue;
      counted.wouldChange += 1;
      if (counted.calls.length < SHOWN_CALLS) counted.calls.push(row);
    }
  }
  return tallies;
}

function none(): Tally {
  return { matched: 0, wouldChange: 0, erred: 0, calls: [] };
}
