import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policyTokenCreatedSchema, policyTokenListSchema } from '@holdpoint/contracts';
import { Database } from '../platform/database.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import type { Browser } from '../testing/browser.ts';
import { PolicyTokens } from './policy-tokens.ts';

let gateway: GatewayHttp;
let admin: Browser;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  admin = await gateway.signIn('adrian');
});

afterAll(() => gateway.close());

async function make(scope: string, title = 'pipeline') {
  const response = await admin.send('POST', '/api/policy-tokens', { title, scope, days: 1 });
  return policyTokenCreatedSchema.parse(await response.json());
}

const authenticate = (header: string | undefined, scope: 'read' | 'propose' | 'publish' = 'read') =>
  gateway.app
    .get(PolicyTokens)
    .authenticate(header, scope)
    .then(({ title, ownerName }) => `${title} of ${ownerName}`)
    .catch((error: { code: string }) => error.code);

describe('policy tokens', () => {
  it('prove a pipeline, and are kept as a hash alone', async () => {
    const { token, items } = await make('publish');
    expect(token).toMatch(/^hpp_/);
    expect(await authenticate(`Bearer ${token}`, 'publish')).toBe('pipeline of adrian');
    expect(items[0]).toMatchObject({ title: 'pipeline', scope: 'publish', revoked: null });
    const { rows } = await gateway.app
      .get(Database)
      .pool.query('select policy_token::text as row from policy_token');
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });

  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['something else', 'Bearer abc'],
    ['an unknown one', `Bearer hpp_${'a'.repeat(43)}`],
    ['another scheme', 'Basic x'],
  ])('refuse %s', async (_description, header) => {
    expect(await authenticate(header)).toBe('policy_token_refused');
  });

  it('may do what their scope says and what comes before it', async () => {
    const { token } = await make('propose');
    expect(await authenticate(`Bearer ${token}`, 'read')).toBe('pipeline of adrian');
    expect(await authenticate(`Bearer ${token}`, 'propose')).toBe('pipeline of adrian');
    expect(await authenticate(`Bearer ${token}`, 'publish')).toBe('forbidden');
  });

  it('end when they are revoked, and when their time is over', async () => {
    const { token, items } = await make('read', 'revoked');
    const id = items[0]?.id ?? '';
    const response = await admin.send('DELETE', `/api/policy-tokens/${id}`, {});
    const list = policyTokenListSchema.parse(await response.json());
    expect(list.items.find((item) => item.id === id)?.revoked).toMatchObject({ by: 'adrian' });
    expect(await authenticate(`Bearer ${token}`)).toBe('policy_token_refused');
    expect((await admin.send('DELETE', `/api/policy-tokens/${id}`, {})).status).toBe(404);

    const other = await make('read', 'short');
    await gateway.app
      .get(Database)
      .pool.query(
        `update policy_token set expires_at = now() - interval '1 second' where title = 'short'`,
      );
    expect(await authenticate(`Bearer ${other.token}`)).toBe('policy_token_refused');
  });

  it('are made by admins alone, each with its entry in the log', async () => {
    const reviewer = await gateway.signIn('riley');
    const input = { title: 'x', scope: 'read', days: 1 };
    expect((await reviewer.send('POST', '/api/policy-tokens', input)).status).toBe(403);
    expect((await reviewer.visit('/api/policy-tokens')).status).toBe(403);
    const { rows } = await gateway.app
      .get(Database)
      .pool.query(`select distinct kind from entry where kind like 'policy-token.%' order by kind`);
    expect(rows).toEqual([{ kind: 'policy-token.created' }, { kind: 'policy-token.revoked' }]);
  });

  it('open no route that is meant for people', async () => {
    const { token } = await make('publish');
    const headers = { authorization: `Bearer ${token}` };
    for (const path of ['/api/policy', '/api/approvals', '/api/policy-tokens', '/api/me']) {
      expect((await fetch(gateway.publicUrl + path, { headers })).status).toBe(401);
    }
  });
});
