import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { shownBy } from '@holdpoint/approval';
import { v7 as uuidv7 } from 'uuid';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { BreakGlass } from '../approvals/break-glass/break-glass.service.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { ServiceIdentities } from '../identity/service-identities.ts';
import { own } from '../testing/approvals-bench.ts';
import { GrantsBench, proposal, write } from '../testing/grants-bench.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { reviewerNamed } from '../testing/reviewers.ts';
import { signedInNow } from '../testing/verdict-giver.ts';

const POLICY = `rules:
  - { id: writes, match: { tools: [write] }, effect: hold }
`;
const FOR_TWO = `rules:
  - { id: writes, match: { tools: [write] }, effect: hold, approval: two }
chains:
  two: { steps: [{ reviewers: { groups: [reviewers] }, quorum: 2 }] }
`;
const OWNER = 'http://people.example.com|olga';

let bench: McpBench;
let grants: GrantsBench;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  await bench.publish(POLICY);
  // A service identity that somebody answers for.
  await ownedBy(OWNER);
  await bench.context.get(ServiceIdentities).refresh();
  const agent = await bench.agent('robot', 'hasty');
  await (await agent.initialize()).text();
  grants = new GrantsBench(bench, agent, reviewerNamed('riley', 'reviewers'));
});
afterAll(() => bench.close());
afterEach(async () => {
  await grants.reset();
  await ownedBy(OWNER);
  await bench.context.get(ServiceIdentities).refresh();
});

const sql = (text: string, values: readonly unknown[] = []) =>
  bench.database.pool.query(text, [...values]);
const ownedBy = (key: string) =>
  own(bench.database.pool, { issuer: bench.issuer.url, subject: 'robot' }, key);
/** Without a call, and without anybody publishing: the list says by itself what is over. */
const lapses = (id: string) =>
  until(async () => {
    const grant = await grants.listed(id);
    return grant?.state === 'lapsed' && grant.endReason;
  }, 'the grant is over');
const entriesOf = async (id: string) => {
  const { rows } = await sql(
    `select kind from entry where kind = 'grant.lapsed' and content::json #>> '{data,grant}' = $1`,
    [id],
  );
  return rows;
};

describe('a grant that nobody uses is listed as over', () => {
  it('once its connection was frozen, or changed, for good and on the record', async () => {
    const id = await grants.granted(1);
    await sql(`update connection set freeze_epoch = freeze_epoch + 1 where slug = 'hasty'`);
    expect(await lapses(id)).toContain('frozen');
    expect(await entriesOf(id)).toHaveLength(1);
    await bench.refresh();
    expect(await grants.call(write(2))).toBe('held');
  });

  it('once its caller was frozen, though it was lifted at once', async () => {
    const id = await grants.granted(3);
    await sql(
      `insert into call_freeze (id, scope, key, title, reason, by, by_name, at, lifted_at, lifted_by, lifted_by_name)
       select $2, 'caller', caller_key, 'Robot', 'A drill.', 'k', 'Morgan', now(), now(), 'k', 'Morgan' from call_grant where id = $1`,
      [id, uuidv7()],
    );
    expect(await lapses(id)).toContain('frozen');
  });

  it('once the definition of its tool is another one, or is blocked', async () => {
    const changed = await grants.granted(4);
    await sql(`update call_grant set tool_digest = 'other' where id = $1`, [changed]);
    expect(await lapses(changed)).toContain('definition');
    const blocked = await grants.granted(5);
    const word = `update known_definition set state = $1 where name = 'write' and connection_id = (select id from connection where slug = 'hasty')`;
    await sql(word, ['blocked']);
    try {
      expect(await lapses(blocked)).toContain('definition');
    } finally {
      await sql(word, ['accepted']);
      await bench.context.get(ToolCatalogue).reload();
    }
  });

  it('once the service has another owner', async () => {
    const id = await grants.granted(6);
    await ownedBy('http://people.example.com|pat');
    expect(await lapses(id)).toContain('owner');
  });

  it('once the connection’s own chain asks others', async () => {
    const id = await grants.granted(7);
    const chain = `update connection set chain = $1 where slug = 'hasty'`;
    await sql(chain, ['[{"groups":["others"],"people":[],"quorum":1}]']);
    try {
      expect(await lapses(id)).toContain('chain');
    } finally {
      await sql(chain, ['[{"groups":["reviewers"],"people":[],"quorum":1}]']);
      await bench.refresh();
    }
  });
});

describe('a use', () => {
  // Guarantee (invariant 4): no call passes on the consent of whoever owns the service by now.
  it.each([
    ['somebody else', 'http://people.example.com|pat'],
    ['whoever gave the grant', 'http://people.example.com|riley'],
  ])(
    'is not taken once %s owns the service, though this process has not heard of it',
    async (_who, key) => {
      await grants.granted(8);
      // No hint goes out, and the process's own copy of the registry is as it was.
      await ownedBy(key);
      expect(await grants.call(write(9))).toBe('held');
    },
  );
});

describe('a proposed grant', () => {
  it('is not given with break-glass, on the record', async () => {
    // Guarantee: a grant needs the whole chain's consent, which break-glass goes without.
    await bench.publish(FOR_TWO);
    const id = await grants.held(write(30));
    await grants.approve(id, proposal);
    const blake = { ...reviewerNamed('blake', 'emergency'), roles: ['breakglass' as const] };
    const person = await signedInNow(bench.context, blake);
    const shown = await shownBy(await bench.context.get(ApprovalsView).detail(id, person));
    if (shown === null) throw new Error('Nothing was shown.');
    const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
    await bench.context.get(BreakGlass).use(id, input, person);
    const { grant } = (await grants.detail(id)).grants;
    expect(grant?.state).toBe('not-given');
    const { rows } = await sql(
      `select kind from entry where approval_id = $1 and kind like 'grant.%' order by id`,
      [id],
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['grant.proposed', 'grant.not_given']);
    await bench.publish(POLICY);
  });

  it('is not given once its call was withdrawn, on the record', async () => {
    await bench.publish(FOR_TWO);
    const id = await grants.held(write(31));
    await grants.approve(id, proposal);
    await sql(`update approval set state = 'withdrawn' where id = $1 and state = 'held'`, [id]);
    await until(
      async () => (await grants.detail(id)).grants.grant?.state === 'not-given',
      'it is not proposed any more',
      30_000,
    );
    const { rows } = await sql(
      `select kind from entry where approval_id = $1 and kind like 'grant.%' order by id`,
      [id],
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['grant.proposed', 'grant.not_given']);
    await bench.publish(POLICY);
  });
});

describe('a definition that no admin accepted', () => {
  const KNOWN = `name = 'write' and connection_id = (select id from connection where slug = 'hasty')`;
  async function inQuarantine<T>(work: () => Promise<T>): Promise<T> {
    const { rows } = await sql(`delete from known_definition where ${KNOWN} returning *`);
    try {
      return await work();
    } finally {
      for (const row of rows)
        await sql(
          `insert into known_definition select * from json_populate_record(null::known_definition, $1)`,
          [JSON.stringify(row)],
        );
    }
  }

  it('is granted nothing: a grant is not offered, not proposed, not given', async () => {
    // Guarantee: whoever approves calls does not thereby accept definitions.
    const id = await grants.held(write(20));
    expect((await grants.detail(id)).grants.mayPropose).toBe(true);
    await inQuarantine(async () => {
      await bench.context.get(ToolCatalogue).reload();
      expect((await grants.detail(id)).grants.mayPropose).toBe(false);
      await expect(grants.approve(id, proposal)).rejects.toMatchObject({ code: 'grant_refused' });
    });
    await bench.context.get(ToolCatalogue).reload();
  });

  it('is granted nothing that was proposed before', async () => {
    await bench.publish(FOR_TWO);
    const id = await grants.held(write(21));
    await grants.approve(id, proposal);
    const { grant } = (await grants.detail(id)).grants;
    const sam = new GrantsBench(
      bench,
      await bench.agent('robot', 'hasty'),
      reviewerNamed('sam', 'reviewers'),
    );
    await inQuarantine(() => sam.approve(id, { kind: 'agree', grantId: grant?.id ?? '' }));
    expect((await grants.detail(id)).grants.grant?.state).toBe('not-given');
    await bench.publish(POLICY);
  });

  it('lets no call pass on a grant that was given before', async () => {
    await grants.granted(22);
    await inQuarantine(async () => {
      await bench.context.get(ToolCatalogue).reload();
      expect(await grants.call(write(23))).toBe('held');
    });
    await bench.context.get(ToolCatalogue).reload();
  });
});
