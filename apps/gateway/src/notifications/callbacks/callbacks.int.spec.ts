import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { shownDigest } from '@holdpoint/approval';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verdictsOf } from '../../approvals/verdict.sql.ts';
import {
  approves,
  CallbackBench,
  denies,
  type SentAs,
  type TalkingChannel,
} from '../../testing/callback-bench.ts';
import { until } from '../../testing/mcp-bench.ts';
import { signedInNow } from '../../testing/verdict-giver.ts';

const SECONDS = 20_000;
const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const RECORDED = [200, { recorded: true }];

let bench: CallbackBench;
/** Another channel that takes verdicts, and is asked about nothing. */
let theirs: TalkingChannel;

beforeAll(async () => {
  bench = await CallbackBench.start();
  theirs = await bench.addChannel('Theirs', '/theirs');
}, 120_000);
afterAll(() => bench.close(), 60_000);

describe('a verdict that comes back', () => {
  it('approves the call that the message showed, as its person', async () => {
    const call = await bench.held();
    expect(call.decision).toEqual({ step: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await bench.send(approves(call))).toEqual(RECORDED);
    expect(await call.answer.last()).toContain('"result"');
    const { rows } = await bench.mcp.database.pool.query<{ content: string }>(
      `select content from entry where kind = 'verdict.given' and approval_id = $1`,
      [call.id],
    );
    expect(rows.map(({ content }) => JSON.parse(content) as unknown)).toMatchObject([
      { who: bench.mcp.person('riley').key, data: { verdict: 'approve', via: 'webhook' } },
    ]);
    const given = await verdictsOf(bench.mcp.database.pool, [call.id]);
    expect(given.get(call.id)).toMatchObject([{ personName: 'riley', via: 'webhook' }]);
  });

  it('denies it with a reason, which the agent reads', async () => {
    const { id, answer } = await bench.held();
    expect(await bench.send(denies(id))).toEqual(RECORDED);
    expect(await answer.last()).toContain('Not on a Friday.');
    expect(await bench.mcp.stateOf(id)).toBe('denied');
  });

  // Guarantee: an id has one outcome, whoever sends it again, however fast.
  it('is recorded once, and answered alike when it is sent again', async () => {
    const { id } = await bench.held();
    const other = await bench.held();
    const message = { id: 'msg_again' };
    const at = new Date();
    const all = await Promise.all(
      Array.from({ length: 5 }, () => bench.send(denies(id), { ...message, at })),
    );
    expect(all).toEqual(Array.from({ length: 5 }, () => RECORDED));
    expect((await verdictsOf(bench.mcp.database.pool, [id])).get(id)).toHaveLength(1);
    expect(await bench.send(denies(id), message)).toEqual(RECORDED);
    expect(await bench.send(denies(other.id), message)).toEqual([409, 'callback_reused']);
    expect(await bench.send(denies(other.id))).toEqual(RECORDED);
  });

  // Guarantee: who was told that nothing was recorded finds nothing recorded later.
  it('stays refused under its id, whatever changes afterwards', async () => {
    const { id } = await bench.held();
    const message = { id: 'msg_early' };
    expect(await bench.send(denies(id, 'U-LATE'), message)).toEqual([403, 'account_untied']);
    await bench.tied('U-LATE', bench.mcp.person('late'));
    expect(await bench.send(denies(id, 'U-LATE'), message)).toEqual([403, 'account_untied']);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    expect(await bench.send(denies(id, 'U-LATE'))).toEqual(RECORDED);
  });
});

describe('what changes while a verdict is on its way', () => {
  // Guarantee: an account that was let go, or a secret that was changed, decides nothing from then on.
  it.each<[string, () => Promise<unknown>, readonly [number, string]]>([
    [
      'the account is untied',
      () =>
        bench.accounts.untie(
          { channelId: bench.ours.id, account: 'U-SAM' },
          bench.mcp.person('sam'),
        ),
      [403, 'account_untied'],
    ],
    [
      'the channel is switched off',
      () => bench.change({ enabled: false }),
      [401, 'callback_refused'],
    ],
  ])('counts: %s', async (_what, change, refused) => {
    const { id } = await bench.held();
    await bench.tied('U-SAM', bench.mcp.person('sam'));
    const { pool } = bench.mcp.database;
    const client = await pool.connect();
    await client.query('begin');
    // Between the look at whose account it is and the verdict.
    await client.query('lock table console_sign_in in access exclusive mode');
    const verdict = bench.send(denies(id, 'U-SAM'));
    await until(
      async () => {
        const { rows } = await pool.query(
          `select from pg_locks where relation = 'console_sign_in'::regclass and not granted`,
        );
        return rows.length > 0;
      },
      'it waits',
      SECONDS,
    );
    await change();
    await client.query('commit');
    client.release();
    expect(await verdict).toEqual(refused);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.change({ enabled: true });
    await bench.mcp.decide('deny', id);
  });
});

describe('more verdicts than one gateway gives at once', () => {
  // Guarantee: verdicts that wait never take the last connection to the database, and those of one channel
  // keep no other's waiting.
  it('are put off, and taken when they come again', async () => {
    const { id } = await bench.held();
    const { pool } = bench.mcp.database;
    const client = await pool.connect();
    await client.query('begin');
    await client.query('lock table channel_callback in access exclusive mode');
    const waits = `select from pg_locks where relation = 'channel_callback'::regclass and not granted`;
    const wait = (count: number) =>
      until(
        async () => (await pool.query(waits)).rows.length >= count,
        `${count} of them wait`,
        SECONDS,
      );
    const message = { id: 'msg_put_off' };
    const there = { to: theirs.id, secret: theirs.callback };
    const waiting = Array.from({ length: 8 }, () => bench.send(denies(id, 'U-STRANGER')));
    await wait(8);
    expect(await bench.send(denies(id), message)).toEqual([503, 'overloaded']);
    const elsewhere = Array.from({ length: 8 }, () => bench.send(denies(id), there));
    await wait(16);
    expect(await bench.send(denies(id), there)).toEqual([503, 'overloaded']);
    await client.query('commit');
    client.release();
    expect(new Set((await Promise.all(waiting)).map(String))).toEqual(
      new Set(['403,account_untied']),
    );
    expect(new Set((await Promise.all(elsewhere)).map(String))).toEqual(new Set(['404,not_found']));
    expect(await bench.send(denies(id), message)).toEqual(RECORDED);
  });
});

describe('the example of the documentation', () => {
  it('ties an account', async () => {
    const page = await readFile(`${ROOT}docs/notifications.md`, 'utf8');
    const example = /```js\n((?:(?!```)[^])*sendBack[^]*?)```/u.exec(page)?.[1] ?? '';
    const { accounts } = bench;
    const dana = await signedInNow(bench.mcp.context, bench.mcp.person('dana'));
    const { code } = await accounts.makeCode({ channelId: bench.ours.id }, dana);
    const program = spawn(process.execPath, ['--input-type=module', '-', code], {
      cwd: ROOT,
      env: {
        HOLDPOINT_CALLBACK_URL: `${bench.origin}/api/callbacks/${bench.ours.id}`,
        HOLDPOINT_CALLBACK_SECRET: bench.ours.callback,
      },
    });
    program.stdin.end(example);
    expect(await text(program.stdout)).toContain('{ status: 200, offered: true }');
    expect((await accounts.list(dana)).offered).toMatchObject([{ account: 'U-1042' }]);
  });
});

describe('what is not signed for this channel, just now', () => {
  // Guarantee: a secret of one channel, or of what we send, is worth nothing here, and this one nowhere else.
  it('is refused before a word of it is read', async () => {
    const { id } = await bench.held();
    const verdict = denies(id);
    const refused = [401, 'callback_refused'];
    const minutes = (count: number) => new Date(Date.now() + count * 60_000);
    const cases: readonly SentAs[] = [
      { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
      { secret: bench.ours.signing },
      { secret: theirs.callback },
      { secret: bench.ours.callback, to: theirs.id },
      { at: minutes(-6) },
      { at: minutes(6) },
      { headers: { 'webhook-signature': '' } },
      { headers: { 'webhook-signature': 'v1,' } },
      { headers: { 'webhook-id': 'another' } },
      { id: 'with.dots' },
      { headers: { 'webhook-timestamp': String(Math.floor(minutes(1).getTime() / 1000)) } },
    ];
    for (const options of cases) expect(await bench.send(verdict, options)).toEqual(refused);
    expect(await bench.send(verdict, { to: crypto.randomUUID() })).toEqual([404, 'not_found']);
    expect(await bench.send(verdict, { to: `${bench.ours.id}/x` })).toEqual([404, 'not_found']);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);
  });

  it('is not the word of one of our own messages, sent back', async () => {
    const { id, told } = await bench.held();
    const response = await fetch(`${bench.origin}/api/callbacks/${bench.ours.id}`, {
      method: 'POST',
      headers: Object.fromEntries(
        Object.entries(told.headers).filter(([name]) => name.startsWith('webhook-')),
      ) as Record<string, string>,
      body: told.body,
    });
    expect(response.status).toBe(401);
    await bench.mcp.decide('deny', id);
  });

  // Guarantee: the endpoint of agents takes no verdict, and no secret of a channel.
  it('is nobody at the MCP endpoint', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    for (const token of [bench.ours.callback, bench.ours.signing]) {
      const response = await fetch(`${bench.mcp.origin}/mcp/demo`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      });
      expect(response.status).toBe(401);
    }
  });

  it('is refused where it is too large, not as the schema says, or of another version', async () => {
    const { id } = await bench.held();
    const verdict = denies(id);
    const large = JSON.stringify({ ...verdict, reason: 'x'.repeat(70_000) });
    expect(await bench.send(large)).toEqual([413, 'body_too_large']);
    const bad = [
      'no JSON',
      { ...verdict, version: 2 },
      { ...verdict, step: 0 },
      { ...verdict, more: 1 },
      { ...verdict, reason: ' ' },
      { ...verdict, reason: '\0' },
      { ...verdict, actor: { id: '' } },
      { ...verdict, verdict: 'approve' },
    ];
    for (const body of bad) expect(await bench.send(body)).toEqual([400, 'invalid_input']);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);
  });
});

/** As anybody can compute it who knows the call. */
const digestOf = (target: string, argumentsText: string) =>
  shownDigest({ method: 'tools/call', target, argumentsText, otherParamsText: null });

describe('exactly the checks of a click', () => {
  it('refuse whoever may not decide, or is not signed in', async () => {
    const call = await bench.held();
    const callerKey = await bench.mcp.database.pool.query<{ key: string }>(
      'select caller_key as key from approval where id = $1',
      [call.id],
    );
    await bench.tied('U-NORA', bench.mcp.person('nora', ['others']));
    await bench.tied('U-ROBOT', {
      ...bench.mcp.person('robot'),
      key: callerKey.rows[0]?.key ?? '',
    });
    expect(await bench.send(approves(call, 'U-NORA'))).toEqual([403, 'not_a_reviewer']);
    expect(await bench.send(approves(call, 'U-ROBOT'))).toEqual([403, 'own_call']);
    expect(await bench.send(approves(call, 'U-STRANGER'))).toEqual([403, 'account_untied']);
    expect(await bench.send({ ...denies(call.id), step: 2 })).toEqual([403, 'not_in_step']);
    await bench.mcp.database.pool.query('delete from console_session');
    expect(await bench.send(approves(call))).toEqual([403, 'sign_in_again']);
    expect(await bench.mcp.stateOf(call.id)).toBe('held');
    await signedInNow(bench.mcp.context, bench.mcp.person('riley'));
    await bench.mcp.decide('deny', call.id);
    expect(await bench.send(denies(call.id))).toEqual([409, 'settled']);
  });

  // Guarantee: nobody approves what no message to this channel showed whole, even who can compute a digest.
  it('refuse to approve what was not shown', async () => {
    const one = await bench.held();
    const digest = '0'.repeat(64);
    expect(await bench.send({ ...approves(one), digest })).toEqual([409, 'shown_differs']);
    await bench.mcp.decide('deny', one.id);

    const long = JSON.stringify({ long: 'x'.repeat(3000) });
    const cut = await bench.held(long);
    expect(cut.decision).toEqual({ step: 1, digest: null });
    const computed = { step: 1, digest: await digestOf('write', long) };
    expect(await bench.send(approves({ ...cut, decision: computed }))).toEqual([
      409,
      'shown_differs',
    ]);
    expect(await bench.mcp.stateOf(cut.id)).toBe('held');
    expect(await bench.send(denies(cut.id))).toEqual(RECORDED);
  });

  it('refuse what a rule wants signed with a passkey', async () => {
    await bench.mcp.publish(`rules:
  - { id: signed, match: { tools: [erring] }, effect: hold, stepUp: passkey }
  - { id: plain, match: { tools: [write] }, effect: hold }`);
    const args = '{"n":"signed"}';
    const call = await bench.held(args, 'erring');
    expect(call.decision).toEqual({ step: 1, digest: null });
    const computed = { step: 1, digest: await digestOf('erring', args) };
    expect(await bench.send(approves({ ...call, decision: computed }))).toEqual([
      409,
      'shown_differs',
    ]);
    expect(await bench.mcp.stateOf(call.id)).toBe('held');
    expect(await bench.send(denies(call.id))).toEqual(RECORDED);
  });

  // Guarantee: who was shown no arguments approves nothing, even who can compute the digest.
  it.each([
    ['no arguments', 'withArguments'],
    ['no digest', 'verdicts'],
  ])(
    'refuse to approve by a message that had %s, whatever the channel says since',
    async (_, setting) => {
      const set = (value: boolean) =>
        bench.mcp.database.pool.query(
          'update notification_channel set config = jsonb_set(config, $2, $3) where id = $1',
          [bench.ours.id, [setting], String(value)],
        );
      await set(false);
      const args = `{"without":"${setting}"}`;
      const call = await bench.held(args);
      expect(call.decision?.digest ?? null).toBeNull();
      await set(true);
      const decision = { step: 1, digest: await digestOf('write', args) };
      expect(await bench.send(approves({ ...call, decision }))).toEqual([409, 'shown_differs']);
      expect(await bench.mcp.stateOf(call.id)).toBe('held');
      expect(await bench.send(denies(call.id))).toEqual(RECORDED);
    },
  );

  it('let a message that showed all of it be approved, though the next ones will not', async () => {
    const { config } = await bench.channels.get(bench.ours.id);
    if (config.kind !== 'webhook') throw new Error('It is a webhook.');
    const call = await bench.held();
    await bench.change({ config: { ...config, withArguments: false } });
    expect(await bench.send(approves(call))).toEqual(RECORDED);
    await bench.change({ config });
  });

  // Guarantee: a channel decides only the step that it was asked about.
  it('refuse another step than that of the message', async () => {
    const call = await bench.held();
    const asked = `update notification_event set facts = jsonb_set(facts, '{current}', $2) where approval_id = $1`;
    await bench.mcp.database.pool.query(asked, [call.id, '1']);
    expect(await bench.send(approves(call))).toEqual([403, 'not_in_step']);
    expect(await bench.send(denies(call.id))).toEqual([403, 'not_in_step']);
    await bench.mcp.database.pool.query(asked, [call.id, '0']);
    expect(await bench.send(denies(call.id))).toEqual(RECORDED);
  });

  // Guarantee: a channel decides only about what it was asked.
  it('refuse a channel that was not asked', async () => {
    const call = await bench.held();
    const there = { to: theirs.id, secret: theirs.callback };
    expect(await bench.send(denies(call.id), there)).toEqual([404, 'not_found']);
    expect(await bench.send(denies(crypto.randomUUID()))).toEqual([404, 'not_found']);
    expect(await bench.mcp.stateOf(call.id)).toBe('held');
    await bench.mcp.decide('deny', call.id);
  });
});

describe('what an admin changes', () => {
  // Guarantee: a channel that is switched off decides nothing, and what it was signed with before neither.
  it('holds at once', async () => {
    const { id } = await bench.held();
    await bench.change({ enabled: false });
    expect(await bench.send(denies(id))).toEqual([404, 'not_found']);
    await bench.change({ enabled: true });

    const secret = await bench.renewSecret();
    expect(await bench.send(denies(id))).toEqual([401, 'callback_refused']);
    // Whoever made another secret can sign with it, and is nobody by it.
    expect(await bench.send(denies(id), { secret })).toEqual([403, 'account_untied']);

    expect(await bench.letVerdictsCome(false)).toBeUndefined();
    expect(await bench.send(denies(id), { secret })).toEqual([404, 'not_found']);
    expect((await bench.channels.get(bench.ours.id)).secrets).toEqual(['signing']);
    const another = await bench.letVerdictsCome(true);
    expect(another).toMatch(/^whsec_/);
    expect(another).not.toBe(secret);
    expect(await bench.send(denies(id), { secret })).toEqual([401, 'callback_refused']);
    expect(await bench.mcp.stateOf(id)).toBe('held');
    await bench.mcp.decide('deny', id);
  });
});
