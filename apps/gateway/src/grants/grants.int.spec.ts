import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { shownBy } from '@holdpoint/approval';
import type { GrantVerdict } from '@holdpoint/contracts';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';
import { reviewerNamed } from '../testing/reviewers.ts';
import { verdictGiver } from '../testing/verdict-giver.ts';
import { GrantStore } from './grant-store.ts';
import { GrantsService } from './grants.service.ts';

let bench: McpBench;
let second: BenchGateway;
let agent: Agent;
let agentOfSecond: Agent;

const RULES = `  - { id: writes, match: { tools: [write] }, effect: hold }
  - { id: closed, match: { tools: [write] }, when: args.id == 666, effect: deny, message: Never that one. }
  - { id: large, match: { tools: [write] }, when: args.id > 1000, effect: hold, approval: security }
  - { id: pairs, match: { tools: [erring] }, effect: hold, approval: two }
`;
const CHAINS = `chains:
  security: { steps: [{ reviewers: { groups: [security] } }] }
  two: { steps: [{ reviewers: { groups: [reviewers] } }, { reviewers: { groups: [security] } }] }
`;
const POLICY = `rules:\n${RULES}${CHAINS}`;

beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_ROLES: '{"reviewer":["reviewers","security"],"admin":["admins"],"auditor":[]}',
  });
  second = await bench.open();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  await bench.publish(POLICY);
  agent = await bench.agent('robot', 'hasty');
  await (await agent.initialize()).text();
  agentOfSecond = await bench.agent('robot', 'hasty', second);
  await (await agentOfSecond.initialize()).text();
});
afterAll(() => bench.close());
afterEach(async () => {
  bench.upstream.reset();
  await bench.database.pool.query(
    `update approval set state = case state when 'held' then 'withdrawn' else 'expired' end where state in ('held', 'approved')`,
  );
  await bench.database.pool.query(
    `update call_grant set state = 'lapsed', ended_at = now() where state = 'in-force'`,
  );
  await known();
});

const RILEY = reviewerNamed('riley', 'reviewers');
const SAM = reviewerNamed('sam', 'security');
const ADMIN: SignedInPerson = { ...reviewerNamed('ada', 'admins'), roles: ['admin'] };

/** Every process knows the grants that were committed before. */
const known = async () => {
  for (const { context } of [bench, second]) await context.get(GrantStore).refresh();
};
const propose = (over: Partial<Extract<GrantVerdict, { kind: 'propose' }>> = {}): GrantVerdict => ({
  kind: 'propose',
  free: { id: { kind: 'number', min: 1, max: 2000, whole: true } },
  uses: 2,
  minutes: 30,
  ...over,
});
async function approve(id: string, who: SignedInPerson, grant?: GrantVerdict, step = 0) {
  const shown = await shownBy(await detailOf(id, who));
  if (shown === null) throw new Error('Nothing was shown.');
  const input = { verdict: 'approve' as const, step, shown, ...(grant && { grant }) };
  await verdictGiver(bench.context).give(id, input, who);
}
const detailOf = (id: string, who = RILEY) => bench.context.get(ApprovalsView).detail(id, who);
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  );
const write = (id: number, more = '', tool = 'write') =>
  toolCall(id, tool, `{"id":${id},"sql":"select 1"${more}}`);
const call = async (frame: string, as = agent) => (await as.post(frame)).last();
const PENDING = 'Waiting for approval';

async function held(frame: string): Promise<string> {
  expect(await call(frame)).toContain(PENDING);
  return (await bench.approval('held')).id;
}
/** A grant that is in force; its own call has run. */
async function granted(over: Parameters<typeof propose>[0] = {}, first = 1): Promise<string> {
  const id = await held(write(first));
  await approve(id, RILEY, propose(over));
  await known();
  expect(await call(write(first))).toContain('done');
  bench.upstream.reset();
  const grant = (await detailOf(id)).grants.grant;
  if (grant?.state !== 'in-force') throw new Error(`No grant: ${JSON.stringify(grant)}`);
  return grant.id;
}
const listed = async (id: string, who = RILEY) =>
  (await bench.context.get(GrantsService).list(who)).items.find((grant) => grant.id === id);
const entries = async (kind: string, grantId: string) => {
  const { rows } = await bench.database.pool.query<{ call_id: string; effect: string | null }>(
    `select call_id, effect from entry where kind = $1 and content::json #>> '{data,grant}' = $2 order by id`,
    [kind, grantId],
  );
  return rows;
};

describe('a grant', () => {
  it('lets calls of its shape pass, as often as it was given for, and each use is recorded', async () => {
    // Guarantee: what a grant lets through is recorded with the grant before it leaves (invariant 1).
    const id = await granted();
    expect(await call(write(7))).toContain('done');
    expect(await call(write(8))).toContain('done');
    expect(await call(write(9))).toContain(PENDING);
    expect(bench.upstream.calls()).toHaveLength(2);
    const used = await entries('grant.used', id);
    expect(used).toHaveLength(2);
    expect(await entries('call.received', id)).toEqual(
      used.map(({ call_id }) => ({ call_id, effect: 'allow' })),
    );
    expect(await listed(id)).toMatchObject({
      state: 'used-up',
      usesLeft: 0,
      givenBy: [{ name: 'riley' }],
      uses: used.map(({ call_id: callId }) => ({ callId })),
      terms: {
        free: ['any whole id from 1 to 2000'],
        fixed: [{ name: 'sql', text: '"select 1"' }],
      },
    });
  });

  it('covers nothing but its shape, its caller and its tool, and never beats a deny', async () => {
    await granted({ uses: 10 });
    for (const frame of [
      write(2001),
      toolCall(1, 'write', '{"id":2,"sql":"select 2"}'),
      toolCall(1, 'write', '{"id":2}'),
      write(3, ',"force":true'),
      write(4, '', 'staff'),
      // Another rule has a say in this one.
      write(1500),
    ])
      expect(await call(frame)).toContain(PENDING);
    const other = await bench.agent('other', 'hasty');
    await (await other.initialize()).text();
    expect(await call(write(5), other)).toContain(PENDING);
    expect(await call(write(666))).toContain('Never that one');
    expect(bench.upstream.calls()).toEqual([]);
    expect(await call(write(6))).toContain('done');
  });

  it('is used exactly as often as it was given for, at the same moment on two gateways', async () => {
    // Guarantee: each use is one conditional update.
    const id = await granted({ uses: 3 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        call(write(100 + at), at % 2 === 0 ? agent : agentOfSecond),
      ),
    );
    expect(answers.filter((text) => text.includes('done'))).toHaveLength(3);
    expect(answers.filter((text) => text.includes(PENDING))).toHaveLength(7);
    expect(bench.upstream.calls()).toHaveLength(3);
    expect(await entries('grant.used', id)).toHaveLength(3);
  });

  it('is over once it is revoked, by an admin or whoever gave it, on every gateway', async () => {
    const id = await granted({ uses: 10 });
    const grants = second.context.get(GrantsService);
    expect(await codeOf(grants.revoke(id, 'No.', SAM))).toBe('forbidden');
    expect((await listed(id, ADMIN))?.mayRevoke).toBe(true);
    // Guarantee: exact at once, also where a gateway still remembers the grant.
    await grants.revoke(id, 'Too wide.', ADMIN);
    expect(await call(write(11))).toContain(PENDING);
    expect(await codeOf(grants.revoke(id, 'Again.', RILEY))).toBe('grant_ended');
    expect(await listed(id)).toMatchObject({ state: 'revoked', endReason: 'Too wide.' });
    expect(bench.upstream.calls()).toEqual([]);
  });

  it('dies with a changed rule, for good, and with a changed definition', async () => {
    const id = await granted({ uses: 10 });
    await bench.publish(POLICY.replace('id: writes,', 'id: writes, description: Another rule,'));
    await bench.publish(POLICY);
    // Only the words of the rule were other ones: it stands.
    expect(await call(write(20))).toContain('done');
    await bench.publish(
      POLICY.replace(
        'match: { tools: [write] }, effect: hold }',
        'match: { tools: [write] }, effect: hold, approval: security }',
      ),
    );
    await until(async () => (await listed(id))?.state === 'lapsed', 'the grant is over');
    await bench.publish(POLICY);
    expect(await call(write(21))).toContain(PENDING);
    const other = await granted({ uses: 10 }, 2);
    await bench.database.pool.query(`update call_grant set tool_digest = 'other' where id = $1`, [
      other,
    ]);
    await bench.database.pool.query(`update call_grant set given_at = now() where id = $1`, [
      other,
    ]);
    await known();
    expect(await call(write(22))).toContain(PENDING);
    expect(await listed(other)).toMatchObject({ state: 'lapsed' });
  });

  it('is over when its time is, and when its connection was frozen meanwhile', async () => {
    const id = await granted({ uses: 10 });
    await bench.database.pool.query(
      `update connection set freeze_epoch = freeze_epoch + 1 where slug = 'hasty'`,
    );
    await bench.refresh();
    expect(await call(write(30))).toContain(PENDING);
    await until(async () => (await listed(id))?.state === 'lapsed', 'the grant is over');
    const other = await granted({ uses: 10 }, 31);
    expect(await call(write(32))).toContain('done');
    await bench.database.pool.query(
      `update call_grant set expires_at = now() - interval '1 second' where id = $1`,
      [other],
    );
    expect(await call(write(33))).toContain(PENDING);
    expect(await listed(other)).toMatchObject({ state: 'expired' });
  });
});

describe('a grant is given', () => {
  it('only with the consent of everyone who approves', async () => {
    // Guarantee: a grant needs the whole chain's consent to the grant itself.
    const frame = write(40, '', 'erring');
    const id = await held(frame);
    await approve(id, RILEY, propose());
    const { grant } = (await detailOf(id, SAM)).grants;
    expect(grant).toMatchObject({ state: 'proposed', by: 'riley' });
    await approve(id, SAM, undefined, 1);
    expect((await detailOf(id)).grants.grant).toMatchObject({ state: 'not-given' });
    expect(await call(frame)).toContain('done');
    expect(await call(write(41, '', 'erring'))).toContain(PENDING);

    const again = (await bench.approval('held')).id;
    await approve(again, RILEY, propose());
    const proposed = (await detailOf(again, SAM)).grants.grant;
    await approve(again, SAM, { kind: 'agree', grantId: proposed?.id ?? '' }, 1);
    await known();
    expect(await call(write(42, '', 'erring'))).toContain('done');
  });

  it('with nothing free that is run or looked up, and not after an approval without it', async () => {
    // Guarantee: SQL, shell and code arguments are never left free.
    const id = await held(write(50, '', 'erring'));
    const { grants } = await detailOf(id);
    expect(grants.arguments.map(({ name, freedom }) => [name, freedom])).toEqual([
      ['id', 'number'],
      ['sql', null],
    ]);
    for (const free of [
      { sql: { kind: 'word' as const, prefix: '' } },
      { nothing: { kind: 'boolean' as const } },
      { id: { kind: 'number' as const, min: 100, max: 200, whole: true } },
    ])
      expect(await codeOf(approve(id, RILEY, propose({ free })))).toBe('grant_refused');
    expect((await detailOf(id)).verdicts).toEqual([]);
    await approve(id, RILEY);
    expect((await detailOf(id, SAM)).grants.mayPropose).toBe(false);
    expect(await codeOf(approve(id, SAM, propose(), 1))).toBe('grant_refused');
  });
});
