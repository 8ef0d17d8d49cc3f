import type { RecordedCall, Suggestion, Suggestions } from '@holdpoint/contracts';
import { classifyMethod } from '@holdpoint/mcp';
import { Simulation, sqlReadings, type CompiledPolicy, type SqlReading } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import { lowestIdAt } from '../../audit/leaf.sql.ts';
import { Database } from '../../platform/database.ts';
import { PolicyStore, type PolicyInForce } from '../policy-store.ts';
import { CallJudge } from './call-judge.ts';
import { allowDraft, coverDraft, removeDraft, type ProposedCalls } from './proposals.ts';
import { RecordedCallList } from './recorded-call-list.ts';
import { RecordedCalls } from './recorded-call.repository.ts';
import { framesById, newestCalls } from './recorded-call.sql.ts';
import { RecordedConnections } from './recorded-connections.ts';
import { RecordedRun } from './recorded-run.ts';
import { mayDoHarm, routineHolds, sqlArgument, type RoutineHolds } from './routine-holds.ts';
import { Slice } from './slice.ts';
import { callsByDefault, callsByEntries, holdsSince } from './suggestion.sql.ts';

const DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Calls that are judged again to see which rules are about none of them. */
const EXAMINED = 2000;
/** Fewer don't tell that a rule is idle. */
const MIN_EXAMINED = 100;
/** Each request of a routine is opened to see what it would let pass. */
const MAX_OPENED = 200;
const SHOWN_CALLS = 5;
const REMEMBERED_MS = 60_000;

/** What history proposes. It never goes into force by itself: each is a draft at most. */
@Injectable()
export class SuggestionsService {
  #remembered: { readonly until: number; readonly value: Promise<Suggestions> } | undefined;

  constructor(
    private readonly database: Database,
    private readonly policies: PolicyStore,
    private readonly connections: RecordedConnections,
    private readonly calls: RecordedCalls,
    private readonly list: RecordedCallList,
    private readonly judge: CallJudge,
    private readonly run: RecordedRun,
  ) {}

  /** Made once a minute at most: it looks at many calls. */
  suggestions(): Promise<Suggestions> {
    const now = performance.now();
    if (this.#remembered && this.#remembered.until > now) return this.#remembered.value;
    const value = this.#make();
    this.#remembered = { until: now + REMEMBERED_MS, value };
    value.catch(() => (this.#remembered = undefined));
    return value;
  }

  async #make(): Promise<Suggestions> {
    const inForce = this.policies.current();
    const from = lowestIdAt(new Date(Date.now() - DAYS * DAY_MS));
    const routine = await this.#routine(inForce, from);
    const uncovered = await this.#uncovered(inForce, from);
    const { examined, items } = await this.#idle(inForce);
    return {
      version: inForce.number,
      days: DAYS,
      examined,
      items: [...routine, ...uncovered, ...items],
    };
  }

  async #routine(inForce: PolicyInForce, from: string): Promise<Suggestion[]> {
    const slice = new Slice();
    const found: Suggestion[] = [];
    for (const group of routineHolds(await holdsSince(this.database.pool, from))) {
      const suggestion = await this.#proposeAllow(inForce, group, slice);
      if (suggestion !== undefined) found.push(suggestion);
    }
    return found;
  }

  /** Nothing is proposed for what could do harm, or for what can't be looked at any more. */
  async #proposeAllow(
    { source, policy }: PolicyInForce,
    group: RoutineHolds,
    slice: Slice,
  ): Promise<Suggestion | undefined> {
    const connection = this.connections.byId(group.connectionId);
    if (connection === undefined || group.method !== 'tools/call') return undefined;
    const standing = this.judge.standing(connection, group.method, { name: group.target });
    if (standing.tool === undefined || standing.quarantined !== undefined) return undefined;
    if (standing.tool.annotations?.['destructiveHint'] === true) return undefined;
    const ids = group.holds.slice(0, MAX_OPENED).map((hold) => hold.request_frame_id);
    const frames = await framesById(this.database.pool, ids);
    const calls = { connection: connection.slug, method: group.method, target: group.target };
    const dialectOf = dialectsUnder(policy, calls);
    let sql: string | undefined;
    for (const id of ids) {
      const opened = this.calls.open(frames.get(id));
      if (!opened.ok || mayDoHarm(opened.frame, dialectOf)) return undefined;
      const found = sqlArgument(opened.frame);
      sql ??= found;
      // The condition looks at one of them.
      if (found !== undefined && found !== sql) return undefined;
      if (slice.isOver) await slice.rest();
    }
    const subjects = [...new Set(group.holds.map(({ caller }) => caller.subject))].toSorted();
    const since = group.holds.at(-1)?.held_at ?? new Date();
    const count = group.holds.length;
    const reason = `People approved each of ${count} such calls since ${since.toISOString().slice(0, 10)}`;
    return {
      kind: 'always-approved',
      id: ['approved', connection.slug, group.target, ...group.ruleIds].join(' '),
      title: 'Always approved',
      text: sql === undefined ? '' : 'Each of them was SQL that only reads.',
      since: since.toISOString(),
      count,
      callers: [...new Set(group.holds.map(({ caller }) => caller.displayName))],
      connection: connection.slug,
      calls: await this.#callsOf(group.holds.flatMap(({ entry_id }) => entry_id ?? [])),
      ruleId: group.ruleIds[0] ?? null,
      medianMs: group.medianMs,
      underThreeSeconds: group.underThreeSeconds,
      draft: allowDraft(source, policy, {
        calls,
        ruleIds: group.ruleIds,
        subjects,
        sql: sql === undefined ? undefined : { path: [sql], dialect: dialectOf(sql) },
        reason,
      }),
    };
  }

  async #uncovered({ source, policy }: PolicyInForce, from: string): Promise<Suggestion[]> {
    const found: Suggestion[] = [];
    for (const group of await callsByDefault(this.database.pool, from)) {
      const kind = classifyMethod(group.method, 'from-client', true);
      const connection = this.connections.byId(group.connection_id);
      if (connection === undefined || kind === 'never-held' || kind === 'list') continue;
      const calls = { connection: connection.slug, method: group.method, target: group.target };
      found.push({
        kind: 'not-covered',
        id: `uncovered ${connection.slug} ${group.method} ${group.target}`,
        title: 'No rule is about it',
        text: `The default of the connection decides: ${policy.defaultEffect ?? connection.defaultEffect}.`,
        since: group.since.toISOString(),
        count: group.count,
        callers: group.callers,
        connection: connection.slug,
        calls: await this.#callsOf(group.newest),
        draft: coverDraft(source, policy, calls),
      });
    }
    return found;
  }

  async #idle({ source, policy }: PolicyInForce): Promise<{
    examined: number;
    items: Suggestion[];
  }> {
    const { total, first, last } = await newestCalls(this.database.pool, null, EXAMINED);
    if (first === null || last === null) return { examined: 0, items: [] };
    const simulation = new Simulation<RecordedCall>(policy, policy);
    let oldest: Date | undefined;
    for await (const record of this.run.judge({ first, last, connectionIds: null }, [policy])) {
      oldest ??= record.at;
      const [one] = record.kind === 'judged' ? record.rulings : [];
      if (record.kind !== 'judged' || one === undefined) continue;
      const { decision, ruling } = one;
      const { effect, steps } = ruling;
      const seen = { effect, source: ruling.decision.source, decision, steps };
      // The rules alone are looked at, not whom they cost time.
      simulation.add(record.call, effect, seen, seen, () => undefined);
    }
    const { judged, rules } = simulation.result();
    if (judged < MIN_EXAMINED) return { examined: judged, items: [] };
    const idle = rules.filter(({ before }) => before?.matched === 0 && before.erred === 0);
    return {
      examined: judged,
      items: idle.map(({ ruleId }) => ({
        kind: 'never-matched',
        id: `idle ${ruleId}`,
        title: 'Never applied',
        text: 'It may still be there for what must never happen: look before it goes.',
        since: (oldest ?? new Date()).toISOString(),
        count: total,
        callers: [],
        connection: null,
        calls: [],
        ruleId,
        draft: removeDraft(source, policy, ruleId),
      })),
    };
  }

  async #callsOf(entryIds: readonly string[]): Promise<RecordedCall[]> {
    const rows = await callsByEntries(this.database.pool, entryIds.slice(0, SHOWN_CALLS));
    return this.list.shown(rows);
  }
}

/** As the rules about such calls read an argument; where they differ, as every dialect reads it. */
function dialectsUnder(
  policy: CompiledPolicy,
  { connection, method, target }: ProposedCalls,
): (argument: string) => SqlReading['dialect'] {
  const subject = { connection: { name: connection }, method, target: { name: target } };
  const readings = sqlReadings(policy, subject);
  return (argument) => {
    const [first = 'postgres', ...others] = readings
      .filter(({ path }) => path.length === 1 && path[0] === argument)
      .map(({ dialect }) => dialect);
    return others.length === 0 ? first : 'generic';
  };
}
