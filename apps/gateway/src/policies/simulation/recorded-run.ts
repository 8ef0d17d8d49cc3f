import type { RecordedCall } from '@holdpoint/contracts';
import type { CompiledPolicy } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { FrameRow } from '../../audit/frame-reader.ts';
import { lowestIdAt } from '../../audit/leaf.sql.ts';
import { Database } from '../../platform/database.ts';
import { CallHistory } from './call-history.ts';
import { CallJudge, type CaseRuling } from './call-judge.ts';
import {
  RecordedCalls,
  settingOf,
  toRecordedCall,
  type RecordedSession,
} from './recorded-call.repository.ts';
import { callsAfter, callTimes, type CallRange, type CallRow } from './recorded-call.sql.ts';
import { RecordedConnections } from './recorded-connections.ts';
import { Slice } from './slice.ts';

const PAGE = 250;
const TIMES_PAGE = 5000;

/** One recorded call after several policies have looked at it, or why none could. */
export type JudgedRecord =
  | {
      readonly kind: 'judged';
      readonly at: Date;
      readonly call: RecordedCall;
      /** One for each policy, in their order. */
      readonly rulings: readonly CaseRuling[];
    }
  | {
      readonly kind: 'not-judged';
      readonly at: Date;
      readonly reason: 'retention' | 'unreadable';
    };

/**
 * Recorded calls, one after the other, judged by one or several policies. Reads by key in pages and
 * works in slices: memory is bounded, and calls that come in meanwhile don't wait for it.
 */
@Injectable()
export class RecordedRun {
  constructor(
    private readonly database: Database,
    private readonly calls: RecordedCalls,
    private readonly connections: RecordedConnections,
    private readonly judging: CallJudge,
  ) {}

  async *judge(
    range: CallRange,
    policies: readonly CompiledPolicy[],
  ): AsyncGenerator<JudgedRecord, void, undefined> {
    const slice = new Slice();
    const history = await this.#historyBefore(range, policies, slice);
    const seen = new Set<string>();
    let sessions: ReadonlyMap<string, RecordedSession> = new Map();
    let next = this.#page(range, null);
    for (let page = await next; page.length > 0; page = await next) {
      // Postgres reads the next page while this one is judged.
      next = page.length < PAGE ? Promise.resolve([]) : this.#page(range, page.at(-1)?.id ?? null);
      // Whoever leaves early leaves it behind; its failure is noticed where it is awaited.
      next.catch(() => undefined);
      sessions = await this.calls.sessionsOf(page, sessions);
      for await (const [row, frame] of this.calls.opened(page)) {
        if (seen.has(row.call_id)) continue;
        seen.add(row.call_id);
        yield this.#judgeOne(row, frame, { sessions, history, policies });
        if (slice.isOver) await slice.rest();
      }
    }
  }

  #judgeOne(
    row: CallRow,
    stored: FrameRow | undefined,
    { sessions, history, policies }: Surroundings,
  ): JudgedRecord {
    const { at } = row;
    const { who, method, target, connection_id: connectionId } = row;
    const counted = { at, who, connectionId, method, target };
    const countsFor = (windows: readonly string[]) => ({
      counts: history.countsFor(counted, windows),
    });
    try {
      const opened = this.calls.open(stored);
      if (!opened.ok) return { kind: 'not-judged', at, reason: opened.reason };
      const connection = this.connections.unfrozen(row.connection_id);
      const session = sessions.get(row.session_id);
      if (!connection || !session) return { kind: 'not-judged', at, reason: 'unreadable' };
      const setting = settingOf(connection, session);
      const subject = this.judging.caseOf(opened.frame, connection, setting, at);
      return {
        kind: 'judged',
        at,
        call: toRecordedCall(row, connection.slug, session),
        rulings: policies.map((policy) => this.judging.judge(policy, subject, countsFor)),
      };
    } finally {
      history.add(counted);
    }
  }

  /** Calls before the first of the range, as far back as a rule counts. */
  async #historyBefore(
    { first }: CallRange,
    policies: readonly CompiledPolicy[],
    slice: Slice,
  ): Promise<CallHistory> {
    const history = new CallHistory(...policies);
    if (history.longestMs === 0) return history;
    const from = lowestIdAt(new Date(timeOf(first) - history.longestMs));
    let after: string | null = null;
    for (;;) {
      const rows: Awaited<ReturnType<typeof callTimes>> = await callTimes(
        this.database.pool,
        { from, before: first },
        after,
        TIMES_PAGE,
      );
      for (const { at, connection_id: connectionId, who, method, target } of rows) {
        history.add({ at, connectionId, who, method, target });
        if (slice.isOver) await slice.rest();
      }
      after = rows.at(-1)?.id ?? null;
      if (rows.length < TIMES_PAGE) return history;
    }
  }

  #page(range: CallRange, after: string | null): Promise<readonly CallRow[]> {
    return callsAfter(this.database.pool, range, after, PAGE);
  }
}

interface Surroundings {
  readonly sessions: ReadonlyMap<string, RecordedSession>;
  readonly history: CallHistory;
  readonly policies: readonly CompiledPolicy[];
}

/** The milliseconds that a UUIDv7 begins with. */
function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
