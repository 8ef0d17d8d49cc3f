import type { ApprovalFilters } from '@holdpoint/contracts';
import { LIVE_INSTANCES } from '../../platform/gateway-instance.ts';

/** Appends a value and answers its name in the text. */
export type Put = (value: unknown) => string;

export function parameters(): { readonly values: unknown[]; readonly put: Put } {
  const values: unknown[] = [];
  return { values, put: (value) => `$${values.push(value)}` };
}

/** More words than these find nothing better. */
const MAX_WORDS = 8;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Conditions on `approval a` that an index finds, however long the history is. */
export function indexedSql(filters: ApprovalFilters, put: Put): readonly string[] {
  const found: string[] = [];
  if (filters.connection !== undefined)
    found.push(
      `a.connection_id = (select id from connection where slug = ${put(filters.connection)})`,
    );
  if (filters.caller !== undefined) found.push(`a.caller_key = ${put(filters.caller)}`);
  if (filters.outcome !== undefined)
    found.push(`a.state = any(${put(filters.outcome.split(','))})`);
  const { from, to } = timesOf(filters);
  if (from !== null) found.push(`a.id >= ${put(idAround(from, -1))}`);
  if (to !== null) found.push(`a.id <= ${put(idAround(to, 1))}`);
  return found;
}

/**
 * The conditions that are looked at row by row: all the others but `mine` and `snoozed`, which depend
 * on who asks. Every value goes in as a parameter: filters are typed by people.
 */
export function otherSql(filters: ApprovalFilters, put: Put): readonly string[] {
  const others: string[] = [];
  const { from, to } = timesOf(filters);
  if (from !== null) others.push(`a.held_at >= ${put(from)}`);
  if (to !== null) others.push(`a.held_at <= ${put(to)}`);
  if (filters.method !== undefined) others.push(`a.method = ${put(filters.method)}`);
  if (filters.target !== undefined) others.push(`a.target = ${put(filters.target)}`);
  if (filters.group !== undefined)
    others.push(
      `a.steps @> ${put(JSON.stringify([{ reviewers: { groups: [filters.group] } }]))}::jsonb`,
    );
  if (filters.chain !== undefined)
    others.push(`a.steps @> ${put(JSON.stringify([{ chain: filters.chain }]))}::jsonb`);
  if (filters.rule !== undefined)
    others.push(`a.decision->'rules' @> ${put(JSON.stringify([{ ruleId: filters.rule }]))}::jsonb`);
  if (filters.waiting !== undefined)
    others.push(filters.waiting === 'yes' ? WAITED_FOR : `not coalesce(${WAITED_FOR}, false)`);
  for (const word of (filters.q ?? '').split(/\s+/).filter(Boolean).slice(0, MAX_WORDS))
    others.push(wordSql(word, put));
  return others;
}

function timesOf({ from, to }: ApprovalFilters) {
  const moment = (given: string | undefined, time: string) =>
    given === undefined ? null : DAY.test(given) ? given + time : given;
  return { from: moment(from, 'T00:00:00.000Z'), to: moment(to, 'T23:59:59.999Z') };
}

/** As `WAITER_ALIVE`, with the live processes looked up once for all rows. */
const WAITED_FOR = `(a.waiter_id is not null and a.waiter_until > now()
  and (a.waiter_instance is null or a.waiter_instance = any(${LIVE_INSTANCES})))`;

/** A word that any of the names holds, whatever its case. Arguments are sealed, so nobody searches them. */
function wordSql(word: string, put: Put): string {
  const literal = word.replaceAll(/[\\%_]/g, String.raw`\$&`);
  const inside = put(`%${literal}%`);
  return `(a.target ilike ${inside} or a.method ilike ${inside} or a.caller_key ilike ${inside}
    or a.caller->>'displayName' ilike ${inside} or a.id::text ilike ${put(`${literal}%`)}
    or a.connection_id in (select c.id from connection c where c.title ilike ${inside} or c.slug ilike ${inside})
    or exists (select 1 from jsonb_array_elements(a.decision->'rules') r where r->>'ruleId' ilike ${inside}))`;
}

/** Ids are UUIDs of version 7: they begin with the time of the gateway that made them, whose clock may be off. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

function idAround(moment: string, side: -1 | 1): string {
  const ms = Math.max(0, Date.parse(moment) + side * CLOCKS_DIFFER_MS);
  const hex = Math.min(ms, 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  const rest = side === 1 ? 'ffff-ffff-ffffffffffff' : '0000-0000-000000000000';
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${rest}`;
}
