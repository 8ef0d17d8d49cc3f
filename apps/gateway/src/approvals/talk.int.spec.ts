import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  apiErrorSchema,
  approvalDetailSchema,
  approvalWatchSchema,
  askedDetailSchema,
  askedListSchema,
  meSchema,
  type Caller,
} from '@holdpoint/contracts';
import { v7 as uuidv7 } from 'uuid';
import { titleOf } from '../audit/entry-title.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { Database } from '../platform/database.ts';
import type { Browser } from '../testing/browser.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import type { HoldDraft } from './approval.ts';
import { HoldDesk } from './hold-desk.ts';

let gateway: GatewayHttp;
let reviewer: Browser;
let admin: Browser;
/** Has no role, and owns the agent. */
let owner: Browser;
let ownerKey: string;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  [reviewer, admin, owner] = [
    await gateway.signIn('riley'),
    await gateway.signIn('adrian'),
    await gateway.signIn('nora'),
  ];
  ownerKey = meSchema.parse(await (await owner.visit('/api/me')).json()).person.key;
  connectionId = uuidv7();
  await gateway.app.get(Database).pool.query(
    `insert into connection (id, slug, title, url, caller_groups, read_only, chain) values
      ($1, 'demo', 'Demo', 'http://127.0.0.1:9/mcp', '{agents}',
       '{"tools":[],"resources":false,"prompts":false,"completion":false,"subscriptions":false}',
       '[{"groups":["reviewers"],"people":[],"quorum":1}]')`,
    [connectionId],
  );
  await gateway.app.get(ConnectionRegistry).refresh();
});
afterAll(() => gateway.close());

async function held(changes: Partial<Caller> = {}, group = 'reviewers'): Promise<string> {
  const connection = gateway.app.get(ConnectionRegistry).byId(connectionId);
  if (!connection) throw new Error('The connection was not loaded.');
  const caller: Caller = {
    key: `${gateway.issuer}|robot`,
    issuer: gateway.issuer,
    subject: 'robot',
    kind: 'service',
    displayName: 'Robot',
    clientId: 'robot',
    groups: ['agents'],
    ownerKey,
    ...changes,
  };
  const hold: HoldDraft = {
    approvalId: uuidv7(),
    callId: uuidv7(),
    sessionId: uuidv7(),
    callerKey: caller.key,
    connectionId,
    method: 'tools/call',
    target: 'query',
    paramsDigest: uuidv7(),
    caller,
    client: { name: 'spec', version: '1' },
    toolDigest: '',
    policyVersion: 1,
    freezeEpoch: 0,
    decision: {
      effect: 'hold',
      source: 'default',
      explanation: 'Held by default.',
      rules: [],
      chains: [null],
      masks: [],
      observed: [],
      counts: {},
    },
    steps: [
      {
        chain: 'default',
        reviewers: { groups: [group], people: [] },
        quorum: 1,
        deadlineMs: 60_000,
        onDeadline: 'deny',
      },
    ],
    requestFrameId: uuidv7(),
    approvalWindowMs: 60_000,
  };
  const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"n":1}}}`;
  await gateway.app.get(HoldDesk).hold(
    hold,
    {
      kind: 'call.received',
      callId: hold.callId,
      who: hold.callerKey,
      frames: [
        {
          id: hold.requestFrameId,
          edge: 'agent-to-gateway',
          bytes: Buffer.from(text),
          sealed: true,
        },
      ],
    },
    connection,
  );
  return hold.approvalId;
}

const say = (by: Browser, id: string, kind: 'comment' | 'question', text: string) =>
  by.send('POST', `/api/approvals/${id}/notes`, { kind, text });
const answer = (by: Browser, id: string, text: string) =>
  by.send('POST', `/api/approvals/asked-of-me/${id}/answer`, { text });
const codeOf = async (response: Response) => apiErrorSchema.parse(await response.json()).error.code;
const asked = async (by: Browser) =>
  askedListSchema.parse(await (await by.visit('/api/approvals/asked-of-me')).json()).items;

describe('a question to whoever answers for the agent', () => {
  it('opens that one approval to them, without a role, and is answered in the thread', async () => {
    // Guarantee: a question opens one approval, to the person it is for; an answer decides nothing.
    const id = await held();
    const other = await held();
    expect(await asked(owner)).toEqual([]);
    expect(await codeOf(await owner.visit(`/api/approvals/asked-of-me/${id}`))).toBe('not_found');

    await say(reviewer, id, 'comment', 'Between us: is that one <b>safe</b>?');
    const sent = await say(reviewer, id, 'question', 'Did you ask for this?');
    const { talk } = approvalDetailSchema.parse(await sent.json());
    expect(talk).toMatchObject({
      mayComment: true,
      mayAsk: true,
      mayAnswer: false,
      askable: { person: { key: ownerKey, name: 'nora' }, hasSignedIn: true, isYou: false },
    });

    expect(await asked(owner)).toMatchObject([{ approvalId: id, isHeld: true, answered: false }]);
    const opened = await owner.visit(`/api/approvals/asked-of-me/${id}`);
    const detail = askedDetailSchema.parse(await opened.json());
    expect(detail.argumentsText).toBe('{"n":1}');
    // What the reviewers say to each other isn't for the agent's owner.
    expect(detail.notes.map(({ kind, text }) => [kind, text])).toEqual([
      ['question', 'Did you ask for this?'],
    ]);
    expect((await owner.visit(`/api/approvals/${id}`)).status).toBe(403);
    expect((await owner.visit(`/api/approvals/asked-of-me/${other}`)).status).toBe(404);
    expect(await codeOf(await answer(owner, other, 'Yes'))).toBe('not_found');
    expect(await codeOf(await answer(reviewer, id, 'Yes'))).toBe('not_found');

    expect((await answer(owner, id, 'Yes, I did.')).status).toBe(200);
    expect(await asked(owner)).toMatchObject([{ approvalId: id, answered: true }]);
    const after = await reviewer.visit(`/api/approvals/${id}`);
    const { state, verdicts, talk: said } = approvalDetailSchema.parse(await after.json());
    expect([state, verdicts]).toEqual(['held', []]);
    expect(said.notes.map(({ kind, person }) => [kind, person.name])).toEqual([
      ['comment', 'riley'],
      ['question', 'riley'],
      ['answer', 'nora'],
    ]);
  });

  it('is in the audit log, and can’t be changed afterwards', async () => {
    // Guarantee: what was said stays said.
    const id = await held();
    await say(reviewer, id, 'comment', 'One');
    await say(reviewer, id, 'question', 'Two?');
    await answer(owner, id, 'Three');
    const { pool } = gateway.app.get(Database);
    const { rows } = await pool.query<{ content: string }>(
      `select content from entry where approval_id = $1
       and kind in ('approval.commented', 'approval.asked', 'approval.explained') order by id`,
      [id],
    );
    const entries = rows.map(({ content }) => JSON.parse(content));
    expect(entries.map(({ data }) => data.text)).toEqual(['One', 'Two?', 'Three']);
    expect(entries.map(titleOf)).toEqual([
      'riley commented on the approval of query',
      'riley asked about query',
      'nora answered what was asked about query',
    ]);
    await expect(
      pool.query(`update approval_note set text = 'Never' where approval_id = $1`, [id]),
    ).rejects.toThrow();
  });

  it('ends with the hold; an answer may come later', async () => {
    const id = await held();
    await say(reviewer, id, 'question', 'Did you ask for this?');
    const { pool } = gateway.app.get(Database);
    await pool.query(`update approval set state = 'withdrawn', settled_at = now() where id = $1`, [
      id,
    ]);
    expect(await codeOf(await say(reviewer, id, 'question', 'Still?'))).toBe('settled');
    expect((await say(reviewer, id, 'comment', 'Too late.')).status).toBe(200);
    expect((await answer(owner, id, 'Yes, I did.')).status).toBe(200);
  });
});

describe('who says what', () => {
  it('a reviewer says that they look at it; no other role, and nobody without one', async () => {
    const id = await held();
    const path = `/api/approvals/${id}/watch`;
    const said = await reviewer.send('POST', path, { claim: true });
    expect(approvalWatchSchema.parse(await said.json()).claim?.isYou).toBe(true);
    expect(await codeOf(await admin.send('POST', path, { claim: true }))).toBe('forbidden');
    expect(await codeOf(await owner.send('DELETE', path, {}))).toBe('no_role');
    const left = await reviewer.send('DELETE', path, {});
    expect(approvalWatchSchema.parse(await left.json())).toEqual({ claim: null, open: [] });
  });

  it('only reviewers of the approval comment, never whose call it is', async () => {
    // Guarantee: separation holds in what is said, too.
    const { person } = meSchema.parse(await (await reviewer.visit('/api/me')).json());
    const own = await held({ ownerKey: person.key });
    const elsewhere = await held({}, 'others');
    for (const id of [own, elsewhere]) {
      expect(await codeOf(await say(reviewer, id, 'comment', 'Fine.'))).toBe('not_a_reviewer');
    }
    expect(await codeOf(await say(admin, own, 'comment', 'Fine.'))).toBe('forbidden');
    expect(await codeOf(await say(owner, own, 'comment', 'Fine.'))).toBe('no_role');
  });

  it('nobody is asked where nobody answers for the agent', async () => {
    const id = await held({ ownerKey: null });
    expect(await codeOf(await say(reviewer, id, 'question', 'Whose is it?'))).toBe(
      'unowned_service',
    );
  });

  it('no text is empty or longer than it may be', async () => {
    const id = await held();
    for (const text of ['', '  ', 'x'.repeat(2001)]) {
      expect(await codeOf(await say(reviewer, id, 'comment', text))).toBe('invalid_input');
    }
  });
});
