import {
  callerSchema,
  storedStepsSchema,
  type ApprovalFilters,
  type InboxFacets,
  type InboxIndex,
  type InboxRows,
  type SnoozeInput,
  type Snoozed,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { ApprovalsView } from '../approvals.view.ts';
import { ChainTimes } from '../chain-time.ts';
import { verdictsOf } from '../verdict.sql.ts';
import { Delegators } from '../delegation/delegators.ts';
import { mayDecideOn } from '../verdicts.service.ts';
import { countPending } from './approval-list.sql.ts';
import { facetRows } from './facets.sql.ts';
import { INDEXED_AT_MOST, indexRows, type IndexRow } from './inbox-index.sql.ts';
import { snooze, wake } from './snooze.sql.ts';

/** What waits, as one person's inbox lists it. */
@Injectable()
export class InboxService {
  constructor(
    private readonly database: Database,
    private readonly view: ApprovalsView,
    private readonly chainTimes: ChainTimes,
    private readonly delegators: Delegators,
  ) {}

  async count(): Promise<{ pendingCount: number }> {
    return { pendingCount: await countPending(this.database.pool) };
  }

  async index(filters: ApprovalFilters, person: SignedInPerson): Promise<InboxIndex> {
    const [rows, pendingCount] = await Promise.all([
      this.#rows(filters, person, null),
      countPending(this.database.pool),
    ]);
    const listed = rows.filter((row) => isListed(row, filters));
    const asleep = rows.flatMap(({ ends }) => ends ?? []);
    const positions = new Map<string, number>();
    const items = listed.slice(0, INDEXED_AT_MOST).map(({ id, grp }) => {
      const group = positions.get(grp) ?? positions.size;
      positions.set(grp, group);
      return { id, group };
    });
    return {
      groups: [...positions.keys()],
      items,
      capped: rows.length > INDEXED_AT_MOST,
      snoozedCount: filters.snoozed === undefined ? asleep.length : 0,
      nextWakeAt:
        asleep.length === 0
          ? null
          : new Date(Math.min(...asleep.map((ends) => ends.getTime()))).toISOString(),
      pendingCount,
    };
  }

  async rows(
    ids: readonly string[],
    filters: ApprovalFilters,
    person: SignedInPerson,
  ): Promise<InboxRows> {
    // In this order: what is settled in between is then told as listed once more, never as missing.
    const rows = await this.#rows(filters, person, ids);
    const listed = new Set(rows.filter((row) => isListed(row, filters)).map(({ id }) => id));
    const [summaries, pendingCount] = await Promise.all([
      this.view.summaries(ids, person),
      countPending(this.database.pool),
    ]);
    return {
      items: summaries.map((approval) => ({ approval, listed: listed.has(approval.id) })),
      pendingCount,
    };
  }

  async facets(state: 'pending' | 'settled'): Promise<InboxFacets> {
    const facets: InboxFacets = {
      connection: [],
      target: [],
      caller: [],
      group: [],
      chain: [],
      rule: [],
    };
    for (const { kind, value, label, n } of await facetRows(this.database.pool, state))
      facets[kind].push({ value, label, count: n });
    return facets;
  }

  async snooze({ ids, minutes }: SnoozeInput, person: SignedInPerson): Promise<Snoozed> {
    if (minutes === null) {
      await wake(this.database.pool, person.key, ids);
      return { items: [] };
    }
    const asleep = await this.database.transaction((client) =>
      snooze(client, person.key, ids, minutes),
    );
    return { items: asleep.map(({ id, ends }) => ({ id, until: ends.toISOString() })) };
  }

  /** Who may decide is asked of the one function that also judges verdicts, so that no list says otherwise. */
  async #rows(
    filters: ApprovalFilters,
    person: SignedInPerson,
    ids: readonly string[] | null,
  ): Promise<readonly IndexRow[]> {
    const rows = await indexRows(this.database.pool, filters, person.key, ids);
    if (filters.mine === undefined) return rows;
    const verdicts = await verdictsOf(
      this.database.pool,
      rows.map(({ id }) => id),
    );
    const delegations = await this.delegators.of(this.database.pool, person.key);
    const callerOf = remembered((text) => callerSchema.parse(JSON.parse(text)));
    const stepsOf = remembered((text) => storedStepsSchema.parse(JSON.parse(text)));
    const onCall = this.chainTimes.onCall();
    return rows.filter((row) => {
      const approval = {
        state: 'held' as const,
        callerKey: row.caller_key,
        connectionId: row.connection_id,
        caller: callerOf(row.caller),
        steps: stepsOf(row.steps),
        editorKey: row.editor_key,
        timers: row.timer_step === null ? null : { step: row.timer_step, fired: row.timer_fired },
      };
      return mayDecideOn(approval, verdicts.get(row.id) ?? [], person, onCall, delegations).ok;
    });
  }
}

function isListed(row: IndexRow, { snoozed }: ApprovalFilters): boolean {
  if (snoozed === 'too') return true;
  return (row.ends !== null) === (snoozed === 'only');
}

/** Thousands of rows have few different callers and chains: each text is parsed once. */
function remembered<Value>(parse: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const found = known.get(text) ?? parse(text);
    known.set(text, found);
    return found;
  };
}
