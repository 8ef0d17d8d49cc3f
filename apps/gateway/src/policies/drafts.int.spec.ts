import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policyDraftSchema, policyDraftListSchema, type PolicyDraft } from '@holdpoint/contracts';
import { Database } from '../platform/database.ts';
import type { Browser } from '../testing/browser.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';

const SOURCE = 'rules:\n  - id: no-writes\n    effect: deny\n';

let gateway: GatewayHttp;
let adrian: Browser;
let mara: Browser;
let riley: Browser;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  adrian = await gateway.signIn('adrian');
  mara = await gateway.signIn('mara');
  riley = await gateway.signIn('riley');
});
afterAll(() => gateway.close());

async function json(response: Response): Promise<unknown> {
  return response.json();
}

async function begin(title = 'Tighter writes', source = SOURCE): Promise<PolicyDraft> {
  const input = { title, source, cases: '', base: 1 };
  return policyDraftSchema.parse(
    await json(await adrian.send('POST', '/api/policy/drafts', input)),
  );
}

async function read(id: string): Promise<PolicyDraft> {
  return policyDraftSchema.parse(await json(await adrian.visit(`/api/policy/drafts/${id}`)));
}

const save = (browser: Browser, { id }: PolicyDraft, body: object) =>
  browser.send('PUT', `/api/policy/drafts/${id}`, body);

async function kinds(id: string): Promise<string[]> {
  const { rows } = await gateway.app
    .get(Database)
    .pool.query<{ kind: string }>(
      `select kind from entry where kind like 'policy-draft.%' and content like $1 order by id`,
      [`%${id}%`],
    );
  return rows.map(({ kind }) => kind);
}

describe('a draft', () => {
  it('is kept by the gateway, with who began it, who saved it last, and each piece of work in the log', async () => {
    const draft = await begin();
    expect(draft).toMatchObject({ revision: 1, createdBy: 'adrian', savedBy: 'adrian', base: 1 });
    for (const revision of [1, 2]) {
      const saved = await save(adrian, draft, { revision, source: `${SOURCE}# ${revision}\n` });
      expect(saved.status).toBe(200);
    }
    await save(mara, draft, { revision: 3, cases: 'tests: []' });
    expect(await read(draft.id)).toMatchObject({
      revision: 4,
      source: `${SOURCE}# 2\n`,
      cases: 'tests: []',
      savedBy: 'mara',
    });
    expect(await kinds(draft.id)).toEqual(['policy-draft.created', 'policy-draft.saved']);
  });

  // Guarantee: no save overwrites what its author has not seen.
  it('that somebody else saved is not overwritten: both texts are there to compare', async () => {
    const draft = await begin();
    await save(mara, draft, { revision: 1, source: '# hers\nrules: []\n' });
    const conflict = await save(adrian, draft, { revision: 1, source: '# his\nrules: []\n' });
    expect(conflict.status).toBe(409);
    expect(await json(conflict)).toMatchObject({
      error: {
        code: 'draft_conflict',
        details: { draft: { revision: 2, savedBy: 'mara', source: '# hers\nrules: []\n' } },
      },
    });
    expect(await read(draft.id)).toMatchObject({ revision: 2, source: '# hers\nrules: []\n' });
  });

  it('saved at the same moment by many is saved once a revision', async () => {
    const draft = await begin();
    const saves = await Promise.all(
      [adrian, mara, adrian, mara].map((browser, index) =>
        save(browser, draft, { revision: 1, source: `# ${index}\nrules: []\n` }),
      ),
    );
    expect(saves.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await read(draft.id)).revision).toBe(2);
  });

  it('is discarded, which a save can’t undo, and brought back', async () => {
    const draft = await begin();
    const list = await adrian.send('DELETE', `/api/policy/drafts/${draft.id}`, {});
    const { items } = policyDraftListSchema.parse(await json(list));
    expect(items.find(({ id }) => id === draft.id)?.discarded).toMatchObject({ by: 'adrian' });
    const late = await save(mara, draft, { revision: 1, source: '# late\nrules: []\n' });
    expect(await json(late)).toMatchObject({ error: { code: 'draft_conflict' } });
    const back = await mara.send('POST', `/api/policy/drafts/${draft.id}/restore`, {});
    expect(policyDraftSchema.parse(await json(back))).toMatchObject({
      discarded: null,
      source: SOURCE,
    });
    expect(await kinds(draft.id)).toEqual([
      'policy-draft.created',
      'policy-draft.discarded',
      'policy-draft.restored',
    ]);
  });

  it('is for admins alone', async () => {
    const { id } = await begin();
    for (const path of ['/api/policy/drafts', `/api/policy/drafts/${id}`, '/api/policy/proposals'])
      expect((await riley.visit(path)).status).toBe(403);
    expect((await save(riley, await read(id), { revision: 1, title: 'x' })).status).toBe(403);
    expect((await riley.visit('/api/policy/versions')).status).toBe(200);
  });

  it('of a version that there isn’t is refused, and so is one too many', async () => {
    const input = { title: 'x', source: SOURCE, base: 99 };
    expect((await adrian.send('POST', '/api/policy/drafts', input)).status).toBe(404);
    await gateway.app.get(Database).pool.query(
      `insert into policy_draft (id, title, source, cases, base, created_by, created_by_key, saved_by, saved_by_key)
       select gen_random_uuid(), 'x', '', '', 1, 'x', 'x', 'x', 'x' from generate_series(1, 200)`,
    );
    const many = await adrian.send('POST', '/api/policy/drafts', { ...input, base: 1 });
    expect(await json(many)).toMatchObject({ error: { code: 'too_many_drafts' } });
    await gateway.app.get(Database).pool.query(`delete from policy_draft where title = 'x'`);
  });
});

describe('publishing a draft', () => {
  it('closes it, and is refused when somebody saved it meanwhile', async () => {
    const draft = await begin('To publish', `${SOURCE}# published\n`);
    const input = { source: draft.source, cases: '', base: 1, note: 'Tighter.' };
    const publish = (revision: number) =>
      adrian.send('POST', '/api/policy/publish', { ...input, draft: { id: draft.id, revision } });
    await save(mara, draft, { revision: 1, title: 'Another name' });
    expect(await json(await publish(1))).toMatchObject({ error: { code: 'draft_conflict' } });
    expect((await publish(2)).status).toBe(201);
    expect(await read(draft.id)).toMatchObject({ publishedAs: 2 });
    const late = await save(mara, draft, { revision: 2, source: 'rules: []' });
    expect(await json(late)).toMatchObject({
      error: { code: 'draft_conflict', details: { draft: { publishedAs: 2 } } },
    });
  });

  // Guarantees that a policy which is brought in without its tests doesn't drop those in force.
  it('leaves its test cases to a draft that brings none of its own', async () => {
    const cases = `tests:
  - description: a write
    call: { connection: c, method: tools/call, params: { name: t }, caller: { subject: s, groups: [] } }
    expect: { effect: deny }
`;
    const published = await adrian.send('POST', '/api/policy/publish', {
      ...{ source: SOURCE, cases, base: 2, note: 'With its test.' },
    });
    expect(published.status).toBe(201);
    const drafts = [{}, { cases: '' }].map((own) =>
      adrian.send('POST', '/api/policy/drafts', {
        ...{ title: 'Brought in', source: SOURCE, base: 3, ...own },
      }),
    );
    const [without, empty] = await Promise.all(drafts);
    expect(await without?.json()).toMatchObject({ cases });
    expect(await empty?.json()).toMatchObject({ cases: '' });
  });
});
