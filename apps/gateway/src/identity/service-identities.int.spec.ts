import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  apiErrorSchema,
  meSchema,
  peopleListSchema,
  serviceIdentityListSchema,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { titleOf } from '../audit/entry-title.ts';
import { Database } from '../platform/database.ts';
import type { Browser } from '../testing/browser.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import { ServiceIdentities } from './service-identities.ts';

const PATH = '/api/service-identities';

let gateway: GatewayHttp;
let admin: Browser;
let reviewer: Browser;
let rileyKey: string;
let adrianKey: string;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  admin = await gateway.signIn('adrian');
  reviewer = await gateway.signIn('riley');
  rileyKey = (await meOf(reviewer)).person.key;
  adrianKey = (await meOf(admin)).person.key;
});
afterAll(() => gateway.close());
beforeEach(() => gateway.app.get(Database).pool.query('delete from service_identity'));

async function meOf(browser: Browser) {
  return meSchema.parse(await (await browser.visit('/api/me')).json());
}

async function write(browser: Browser, method: string, path: string, body?: object) {
  const { csrfToken } = await meOf(browser);
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    origin: gateway.publicUrl,
    'x-csrf-token': csrfToken,
  };
  return browser.visit(path, { method, headers, body: JSON.stringify(body ?? {}) });
}

async function saved(response: Response): Promise<ServiceIdentityList> {
  expect([200, 201]).toContain(response.status);
  return serviceIdentityListSchema.parse(await response.json());
}

async function refusal(response: Response) {
  return apiErrorSchema.parse(await response.json()).error;
}

const input = (more: object = {}) => ({
  subject: 'nightly',
  title: 'Nightly report',
  ownerKey: rileyKey,
  ...more,
});
const ownerOf = async () =>
  (await gateway.app.get(ServiceIdentities).find(gateway.issuer, ['nightly']))?.ownerKey;

describe('a service identity', () => {
  it('is registered, changed and removed by an admin, in force at once, each with its entry', async () => {
    const { items, issuer } = await saved(await write(admin, 'POST', PATH, input()));
    expect(issuer).toBe(gateway.issuer);
    expect(items).toMatchObject([
      { issuer, subject: 'nightly', owner: { key: rileyKey, name: 'riley' } },
    ]);
    expect(await ownerOf()).toBe(rileyKey);
    await saved(await write(admin, 'PUT', PATH, input({ ownerKey: adrianKey })));
    expect(await ownerOf()).toBe(adrianKey);
    const left = await saved(await write(admin, 'DELETE', `${PATH}?subject=nightly`));
    expect(left.items).toEqual([]);
    expect(await ownerOf()).toBeUndefined();

    const { rows } = await gateway.app
      .get(Database)
      .pool.query<{ content: string }>(
        `select content from entry where kind like 'service-identity.%' order by id desc limit 3`,
      );
    const entries = rows.map(({ content }) => JSON.parse(content)).reverse();
    expect(entries.map(titleOf)).toEqual([
      'adrian registered the service identity nightly',
      'adrian changed the service identity nightly',
      'adrian removed the service identity nightly',
    ]);
    expect(entries.map(({ who }) => who)).toEqual([adrianKey, adrianKey, adrianKey]);
    expect(entries[1].data).toMatchObject({ owner: adrianKey, before: { owner: rileyKey } });
  });

  it('is read by reviewers, and written by admins only', async () => {
    await saved(await write(admin, 'POST', PATH, input()));
    const answer = await reviewer.visit(PATH);
    expect(serviceIdentityListSchema.parse(await answer.json()).items).toHaveLength(1);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await write(reviewer, method, `${PATH}?subject=nightly`, input());
      expect((await refusal(refused)).code).toBe('forbidden');
    }
    expect(await ownerOf()).toBe(rileyKey);
  });

  it.each([
    ['an owner who never signed in', { ownerKey: 'https://x.example|nobody' }, 'ownerKey'],
    ['an owner named by e-mail address', { ownerKey: 'riley@example.com' }, 'ownerKey'],
    ['no subject', { subject: ' ' }, 'subject'],
    ['a control character', { subject: 'a\0b' }, 'subject'],
    ['no title', { title: '' }, 'title'],
    ['an issuer that is no address', { issuer: 'realm' }, 'issuer'],
  ])('with %s is refused, field by field', async (_what, more, field) => {
    const refused = await write(admin, 'POST', PATH, input(more));
    const { code, fields } = await refusal(refused);
    expect(code).toBe('invalid_input');
    expect(Object.keys(fields ?? {})).toEqual([field]);
    const list = await admin.visit(PATH);
    expect(serviceIdentityListSchema.parse(await list.json()).items).toEqual([]);
  });

  it('doesn’t own itself', async () => {
    const self = { subject: rileyKey.split('|').at(-1), ownerKey: rileyKey };
    expect((await refusal(await write(admin, 'POST', PATH, input(self)))).fields).toHaveProperty(
      'ownerKey',
    );
  });

  it('is registered once', async () => {
    await saved(await write(admin, 'POST', PATH, input()));
    const again = await write(admin, 'POST', PATH, input({ ownerKey: adrianKey }));
    expect((await refusal(again)).code).toBe('name_taken');
    expect(await ownerOf()).toBe(rileyKey);
  });

  it('that is not there can’t be changed or removed', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const refused = await write(admin, method, `${PATH}?subject=nightly`, input());
      expect((await refusal(refused)).code).toBe('not_found');
    }
  });

  it('keeps an owner who has no name here yet when its title changes', async () => {
    await gateway.app
      .get(Database)
      .pool.query(
        `insert into service_identity (issuer, subject, title, owner_key) values ($1, 'nightly', 'x', 'i|old')`,
        [gateway.issuer],
      );
    const { items } = await saved(await write(admin, 'PUT', PATH, input({ ownerKey: 'i|old' })));
    expect(items).toMatchObject([
      { title: 'Nightly report', owner: { key: 'i|old', name: 'old' } },
    ]);
  });
});

describe('people to choose from', () => {
  const search = async (text: string) =>
    peopleListSchema.parse(await (await admin.visit(`/api/people?q=${text}`)).json()).items;

  it('are those who signed in, found by part of their name or address', async () => {
    expect((await search('')).map(({ name }) => name).sort()).toEqual(['adrian', 'riley']);
    expect(await search('RILEY%40exa')).toEqual([
      { key: rileyKey, name: 'riley', email: 'riley@example.com' },
    ]);
    // No pattern of the database's own.
    expect(await search('%25')).toEqual([]);
    expect(await search('%00')).toHaveLength(2);
  });

  it('are called by their names where a chain has their keys', async () => {
    const keys = new URLSearchParams([
      ['key', rileyKey],
      ['key', 'https://example.com|nobody'],
      ['q', 'adrian'],
    ]).toString();
    const answer = await admin.visit(`/api/people?${keys}`);
    expect(peopleListSchema.parse(await answer.json()).items).toEqual([
      { key: rileyKey, name: 'riley', email: 'riley@example.com' },
    ]);
  });

  it('are shown to admins, who choose owners, and to reviewers, who choose who stands in', async () => {
    expect((await reviewer.visit('/api/people')).status).toBe(200);
    const stranger = await gateway.signIn('nora');
    expect((await refusal(await stranger.visit('/api/people'))).code).toBe('no_role');
  });
});
