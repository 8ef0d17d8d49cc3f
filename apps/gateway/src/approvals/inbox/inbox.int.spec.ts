import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  approvalFiltersSchema,
  approvalListQuerySchema,
  type ApprovalFilters,
} from '@holdpoint/contracts';
import type { INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { startGatewayContext, type GatewayContext } from '../../testing/gateway-context.ts';
import { ApprovalsView } from '../approvals.view.ts';
import { InboxService } from './inbox.service.ts';
import { SavedViews } from './saved-views.ts';

const ISSUER = 'http://issuer.example.com';
const DEMO = uuidv7();
const OTHER = uuidv7();

let gateway: GatewayContext;
let app: INestApplicationContext;
let inbox: InboxService;

beforeAll(async () => {
  gateway = await startGatewayContext();
  app = await gateway.open();
  inbox = app.get(InboxService);
  for (const [id, slug, title] of [
    [DEMO, 'demo', 'Orders database'],
    [OTHER, 'other', 'Ticket system'],
  ]) {
    await pool().query(
      `insert into connection (id, slug, title, url, caller_groups, read_only, chain) values
        ($1, $2, $3, 'http://127.0.0.1:9/mcp', '{data-agents}', '{}', '[]')`,
      [id, slug, title],
    );
  }
  await app.get(ConnectionRegistry).refresh();
});

afterAll(() => gateway.close());
beforeEach(() => pool().query('truncate approval, saved_view cascade'));

const pool = () => app.get(Database).pool;

function person(name: string, groups = ['dba'], roles: SignedInPerson['roles'] = ['reviewer']) {
  return {
    key: `${ISSUER}|${name}`,
    name,
    email: null,
    issuer: ISSUER,
    subject: name,
    groups,
    groupsAt: Date.now(),
    roles,
  } satisfies SignedInPerson;
}
const riley = person('riley');

interface Wishes {
  readonly connection?: string;
  readonly target?: string;
  readonly caller?: string;
  readonly rules?: readonly string[];
  readonly steps?: readonly { readonly chain: string; readonly group: string }[];
  readonly state?: string;
  /** Minutes ago. */
  readonly held?: number;
  readonly lasts?: number;
  readonly waiting?: boolean;
}

let later = 0;
/** A held call as its row; the inbox reads nothing else of it. */
async function hold(wishes: Wishes = {}): Promise<string> {
  const subject = wishes.caller ?? 'agent';
  const held = wishes.held ?? 0;
  // Of one process ids rise, whenever it held the call.
  const id = uuidv7({ msecs: Date.now() - held * 60_000 + (later += 1) });
  const caller = {
    key: `${ISSUER}|${subject}`,
    issuer: ISSUER,
    subject,
    kind: 'service',
    displayName: `The ${subject}`,
    clientId: subject,
    groups: ['data-agents'],
    ownerKey: `${ISSUER}|owner`,
  };
  const rules = (wishes.rules ?? ['hold-writes']).map((ruleId) => ({
    ruleId,
    effect: 'hold',
    description: null,
    message: null,
    keyword: null,
    condition: null,
    error: null,
  }));
  const decision = { effect: 'hold', source: 'rule', explanation: 'Held.', rules, chains: [] };
  const steps = (wishes.steps ?? [{ chain: 'dba', group: 'dba' }]).map(({ chain, group }) => ({
    chain,
    reviewers: { groups: [group], people: [] },
    quorum: 1,
    deadlineMs: 3_600_000,
    onDeadline: 'deny',
  }));
  await pool().query(
    `insert into approval (id, call_id, session_id, connection_id, caller_key, caller, client, method, target,
       params_digest, policy_version, freeze_epoch, decision, steps, state, request_frame_id, held_at, expires_at,
       settled_at, waiter_id, waiter_until)
     values ($1::uuid, $1::uuid, $1::uuid, $2, $3, $4, '{"name":null,"version":null}', 'tools/call', $5, 'digest', 1, 0, $6, $7, $8, $1::uuid,
       now() - make_interval(mins => $9), now() - make_interval(mins => $9) + make_interval(mins => $10),
       case when $8 = 'held' then null else now() end, case when $11 then $1::uuid end, now() + interval '1 hour')`,
    [
      id,
      wishes.connection ?? DEMO,
      caller.key,
      JSON.stringify(caller),
      wishes.target ?? 'query',
      JSON.stringify({ ...decision, masks: [] }),
      JSON.stringify(steps),
      wishes.state ?? 'held',
      held,
      wishes.lasts ?? 60,
      wishes.waiting ?? false,
    ],
  );
  return id;
}

const filters = (given: Record<string, string>): ApprovalFilters =>
  approvalFiltersSchema.parse(given);
const listed = async (given: Record<string, string>, who = riley) =>
  (await inbox.index(filters(given), who)).items.map(({ id }) => id);

describe('the filters', () => {
  const cases: readonly {
    readonly what: string;
    readonly match: Wishes;
    readonly other: Wishes;
    readonly filter: Record<string, string>;
  }[] = [
    { what: 'connection', match: {}, other: { connection: OTHER }, filter: { connection: 'demo' } },
    { what: 'target', match: { target: 'pay' }, other: {}, filter: { target: 'pay' } },
    {
      what: 'caller',
      match: { caller: 'robot' },
      other: {},
      filter: { caller: `${ISSUER}|robot` },
    },
    { what: 'rule', match: { rules: ['a', 'b'] }, other: { rules: ['ab'] }, filter: { rule: 'b' } },
    {
      what: 'group of any step',
      match: {
        steps: [
          { chain: 'x', group: 'dba' },
          { chain: 'x', group: 'security' },
        ],
      },
      other: {},
      filter: { group: 'security' },
    },
    {
      what: 'chain',
      match: { steps: [{ chain: 'money', group: 'dba' }] },
      other: {},
      filter: { chain: 'money' },
    },
    { what: 'agent waits', match: { waiting: true }, other: {}, filter: { waiting: 'yes' } },
    { what: 'no agent waits', match: {}, other: { waiting: true }, filter: { waiting: 'no' } },
    { what: 'held until', match: { held: 90, lasts: 600 }, other: {}, filter: { to: ago(60) } },
    { what: 'held from', match: {}, other: { held: 90, lasts: 600 }, filter: { from: ago(60) } },
    { what: 'words: target', match: { target: 'pay_out' }, other: {}, filter: { q: 'PAY_' } },
    {
      what: 'words: no wildcards',
      match: { target: '5%_x' },
      other: { target: '55xx' },
      filter: { q: '5%_' },
    },
    { what: 'words: caller', match: { caller: 'robot' }, other: {}, filter: { q: 'the rob' } },
    { what: 'words: title', match: { connection: OTHER }, other: {}, filter: { q: 'ticket' } },
    { what: 'words: rule', match: { rules: ['big-money'] }, other: {}, filter: { q: 'big-mon' } },
    {
      what: 'every word',
      match: { target: 'pay', caller: 'robot' },
      other: { target: 'pay' },
      filter: { q: 'pay robot' },
    },
  ];
  it.each(cases)('$what', async ({ match, other, filter }) => {
    await hold(other);
    const id = await hold(match);
    expect(await listed(filter)).toEqual([id]);
  });

  it('find an id by its beginning', async () => {
    const [id] = [await hold({ held: 30 }), await hold()];
    expect(await listed({ q: id.slice(0, 13) })).toEqual([id]);
  });

  it('settled: states, whose verdict, and where a page ends', async () => {
    const [denied, unknown] = [await hold({ state: 'denied' }), await hold({ state: 'unknown' })];
    await hold();
    await pool().query(
      `insert into verdict (id, approval_id, step, person_key, person_name, verdict) values ($1, $2, 0, $3, 'Riley', 'deny')`,
      [uuidv7(), denied, riley.key],
    );
    const page = async (given: Record<string, string>) => {
      const query = approvalListQuerySchema.parse({ state: 'settled', ...given });
      const { items, next } = await app.get(ApprovalsView).page(query, riley);
      return { ids: items.map(({ id }) => id), next };
    };
    expect(await page({})).toEqual({ ids: [unknown, denied], next: null });
    expect(await page({ limit: '1' })).toEqual({ ids: [unknown], next: unknown });
    expect(await page({ limit: '1', cursor: unknown })).toEqual({ ids: [denied], next: null });
    expect(await page({ outcome: 'unknown,failed' })).toEqual({ ids: [unknown], next: null });
    expect(await page({ mine: 'yes' })).toEqual({ ids: [denied], next: null });
    expect(await page({ q: 'nothing-has-this' })).toEqual({ ids: [], next: null });
  });
});

describe('a long history', () => {
  it('is looked through part by part, and each answer says where to go on', async () => {
    await hold({ state: 'denied' });
    // Older than any real id; the one that is sought is the oldest of all.
    await pool().query(
      `insert into approval select (jsonb_populate_record(a, jsonb_build_object(
          'id', '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'),
          'target', case n when 0 then 'needle' else 'query' end))).*
        from approval a, generate_series(0, 20000) n`,
    );
    const query = approvalListQuerySchema.parse({ state: 'settled', target: 'needle' });
    const first = await app.get(ApprovalsView).page(query, riley);
    expect(first.items).toEqual([]);
    if (first.next === null) throw new Error('It said that nothing is left.');
    const second = await app.get(ApprovalsView).page({ ...query, cursor: first.next }, riley);
    expect(second.items.map(({ target }) => target)).toEqual(['needle']);
    expect(second.next).toBeNull();
  });
});

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

describe('mine to decide', () => {
  // Guarantee: the list says what a verdict would say: not one's own call, in one's step, once.
  it('lists what this person may decide now, and nothing else', async () => {
    const mine = await hold();
    await hold({ steps: [{ chain: 'money', group: 'security' }] });
    await hold({ caller: 'riley' });
    const second = await hold({
      steps: [
        { chain: 'money', group: 'security' },
        { chain: 'dba', group: 'dba' },
      ],
    });
    expect(await listed({ mine: 'yes' })).toEqual([mine]);
    expect(await listed({ mine: 'yes' }, person('owner'))).toEqual([]);
    expect(await listed({ mine: 'yes' }, person('jordan', ['dba'], ['auditor']))).toEqual([]);
    await pool().query(
      `insert into verdict (id, approval_id, step, person_key, person_name, verdict) values ($1, $2, 0, 'i|sam', 'Sam', 'approve')`,
      [uuidv7(), second],
    );
    expect(await listed({ mine: 'yes' })).toEqual([mine, second]);
  });
});

describe('the index', () => {
  it('lists oldest first, with alike calls in one group', async () => {
    const ids = [
      await hold({ held: 9 }),
      await hold({ held: 8, target: 'pay' }),
      await hold({ held: 7, rules: ['another'] }),
      await hold({ held: 6 }),
    ];
    const { items, groups } = await inbox.index({}, riley);
    expect(items).toEqual([0, 1, 2, 0].map((group, i) => ({ id: ids[i], group })));
    expect(groups).toHaveLength(3);
  });

  it('says of given ids what became of them, and whether they are listed', async () => {
    const [held, denied, other] = [
      await hold(),
      await hold({ state: 'denied' }),
      await hold({ connection: OTHER }),
    ];
    const { items } = await inbox.rows(
      [denied, other, held, uuidv7()],
      filters({ connection: 'demo' }),
      riley,
    );
    expect(items.map(({ approval, listed: is }) => [approval.id, approval.state, is])).toEqual([
      [held, 'held', true],
      [denied, 'denied', false],
      [other, 'held', false],
    ]);
  });

  it('offers what there is to filter by', async () => {
    await hold();
    await hold({ rules: ['a', 'b'], target: 'pay' });
    const facets = await inbox.facets('pending');
    expect(facets.connection).toEqual([{ value: 'demo', label: 'Orders database', count: 2 }]);
    expect(facets.rule.map(({ value }) => value)).toEqual(['a', 'b', 'hold-writes']);
    expect(facets.caller).toEqual([{ value: `${ISSUER}|agent`, label: 'The agent', count: 2 }]);
    expect((await inbox.facets('settled')).connection).toEqual([]);
  });
});

describe('snoozing', () => {
  // Guarantee: putting an approval off hides it from nobody else, and from oneself only as long as there is time.
  it('hides it from oneself alone, and comes back', async () => {
    const [put, stays] = [await hold(), await hold()];
    const { items } = await inbox.snooze({ ids: [put], minutes: 15 }, riley);
    expect(items.map(({ id }) => id)).toEqual([put]);
    const index = await inbox.index({}, riley);
    expect(index.items.map(({ id }) => id)).toEqual([stays]);
    expect(index).toMatchObject({ snoozedCount: 1, nextWakeAt: items[0]?.until, pendingCount: 2 });
    expect(await listed({ snoozed: 'only' })).toEqual([put]);
    expect(await listed({ snoozed: 'too' })).toEqual([put, stays]);
    expect(await listed({}, person('sam'))).toEqual([put, stays]);
    const row = await inbox.rows([put], {}, riley);
    expect(row.items[0]).toMatchObject({
      listed: false,
      approval: { inbox: { snoozedUntil: items[0]?.until } },
    });

    await pool().query(`update snooze set until = now() - interval '1 second'`);
    expect(await listed({})).toEqual([put, stays]);
    await inbox.snooze({ ids: [stays], minutes: 15 }, riley);
    await inbox.snooze({ ids: [stays], minutes: null }, riley);
    expect(await listed({})).toEqual([put, stays]);
  });

  it('ends in the last tenth of its time, however long it was put off', async () => {
    const [urgent, calm] = [
      await hold({ held: 55, lasts: 60 }),
      await hold({ held: 30, lasts: 60 }),
    ];
    const { items } = await inbox.snooze({ ids: [urgent, calm], minutes: 600 }, riley);
    expect(items.map(({ id }) => id)).toEqual([calm]);
    expect(await listed({})).toEqual([urgent]);
    const until = Date.parse(items[0]?.until ?? '');
    // 30 minutes are gone of 60, so it comes back after 24 more.
    expect(Math.round((until - Date.now()) / 60_000)).toBe(24);
  });
});

describe('saved views', () => {
  const views = () => app.get(SavedViews);
  it('are each person’s own, one of them the default', async () => {
    const input = { name: 'Mine', query: 'mine=yes', isDefault: true };
    await views().create(input, riley);
    const { items } = await views().create(
      { ...input, name: 'Payments', query: 'target=pay' },
      riley,
    );
    expect(items.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ['Mine', false],
      ['Payments', true],
    ]);
    expect((await views().list(person('sam'))).items).toEqual([]);
    await expect(views().create(input, riley)).rejects.toMatchObject({ code: 'name_taken' });
    const id = items[0]?.id ?? '';
    await expect(views().change(id, input, person('sam'))).rejects.toMatchObject({
      code: 'not_found',
    });
    await views().remove(id, person('sam'));
    expect((await views().change(id, { ...input, name: 'First' }, riley)).items[0]).toEqual({
      id,
      name: 'First',
      query: 'mine=yes',
      isDefault: true,
    });
    expect((await views().remove(id, riley)).items).toHaveLength(1);
  });
});
