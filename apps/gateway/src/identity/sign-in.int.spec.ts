import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { apiErrorSchema, meSchema, passkeyListSchema, type Me } from '@holdpoint/contracts';
import { Pool } from 'pg';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { Browser } from '../testing/browser.ts';
import { startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import { GroupCheck } from './group-check.ts';
import type { SignedInPerson } from './signed-in-person.ts';

let gateway: GatewayHttp;

beforeAll(async () => {
  gateway = await startGatewayHttp();
});
afterAll(() => gateway.close());

async function readMe(browser: Browser): Promise<Me> {
  return meSchema.parse(await (await browser.visit('/api/me')).json());
}

async function errorCode(response: Response): Promise<string> {
  return apiErrorSchema.parse(await response.json()).error.code;
}

function write(browser: Browser, path: string, headers: Record<string, string>, body = '{}') {
  const all = { 'content-type': 'application/json', accept: 'application/json', ...headers };
  return browser.visit(path, { method: 'POST', headers: all, body });
}

describe('signing in', () => {
  it('goes through the provider with PKCE, state and nonce, and lands where the person wanted to go', async () => {
    const browser = new Browser(gateway.publicUrl);
    const login = await browser.visit('/auth/login?return=/inbox/abc?x=1');
    const asked = new URL(login.headers.get('location') ?? '').searchParams;
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('code_challenge')).toHaveLength(43);
    expect(asked.get('state')).toHaveLength(32);
    expect(asked.get('nonce')).toBeTruthy();
    await gateway.signIn('riley', '/inbox/abc?x=1');
  });

  it('gives the roles of the person’s groups', async () => {
    const me = await readMe(await gateway.signIn('riley'));
    expect(me).toMatchObject({
      person: { key: `${gateway.issuer}|person-riley`, name: 'riley', email: 'riley@example.com' },
      groups: ['reviewers'],
      roles: ['reviewer'],
      embedded: true,
    });
    const { rows } = await gateway.app
      .get(Database)
      .pool.query('select name from person where key = $1', [me.person.key]);
    expect(rows).toEqual([{ name: 'riley' }]);
    const entries = await gateway.app
      .get(Database)
      .pool.query(
        `select content from entry where kind = 'person.signed_in' and who = $1 limit 1`,
        [me.person.key],
      );
    expect(JSON.parse(entries.rows[0].content)).toMatchObject({ data: { groups: ['reviewers'] } });
  });

  it('lets a person without a role read which group is missing, and nothing else', async () => {
    const browser = await gateway.signIn('nora');
    expect(await readMe(browser)).toMatchObject({ roles: [], roleGroups: { admin: ['admins'] } });
    const refused = await browser.visit('/api/approvals');
    expect(refused.status).toBe(403);
    expect(await errorCode(refused)).toBe('no_role');
  });

  it('gives a new session id, so that a planted one is worth nothing', async () => {
    // Guarantee: session fixation. The id from before the sign-in must not be signed in.
    const browser = new Browser(gateway.publicUrl);
    const form = await browser.follow('/inbox', '/oidc/interaction/');
    const planted = browser.cookie('hp_spec');
    const login = await browser.visit(`${form.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'riley@example.com', password: 'riley-1' }),
    });
    await browser.follow(login.headers.get('location') ?? '', '/inbox');
    expect(browser.cookie('hp_spec')).not.toBe(planted);
    const thief = new Browser(gateway.publicUrl);
    thief.setCookie('hp_spec', planted ?? '');
    expect((await thief.visit('/api/me')).status).toBe(401);
  });

  it.each([
    ['a state that nobody asked for', '?code=x&state=made-up', 'unknown_state'],
    ['no state', '?code=x', 'bad_answer'],
    ['repeated parameters', '?code=x&code=y&state=z', 'bad_answer'],
    ['nothing', '', 'bad_answer'],
    ['an error of the provider', '?error=server_error&state=x', 'provider_error'],
    ['a refusal', '?error=access_denied&state=x', 'refused'],
    ['the answer of another provider', '?code=x&state=y&iss=https://evil.example', 'wrong_issuer'],
  ])('shows a page, not JSON, for %s', async (_description, query, code) => {
    const iss = query.includes('iss=') ? '' : `${query ? '&' : '?'}iss=${gateway.issuer}`;
    const browser = new Browser(gateway.publicUrl);
    const { url, response } = await browser.follow(`/auth/callback${query}${iss}`);
    expect(url).toBe(`${gateway.publicUrl}/sign-in-failed?code=${code}`);
    expect(response.status).toBe(200);
  });

  it('takes a state once', async () => {
    const browser = new Browser(gateway.publicUrl);
    const form = await browser.follow('/inbox', '/oidc/interaction/');
    const login = await browser.visit(`${form.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'riley@example.com', password: 'riley-1' }),
    });
    const answer = await browser.follow(login.headers.get('location') ?? '', '/auth/callback');
    await browser.follow(answer.url, '/inbox');
    const again = await browser.follow(answer.url, '/sign-in-failed');
    expect(again.url).toContain('code=unknown_state');
  });

  it('refuses a foreign return address', async () => {
    const browser = new Browser(gateway.publicUrl);
    const form = await browser.follow('/auth/login?return=//evil.example/', '/oidc/interaction/');
    const login = await browser.visit(`${form.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'riley@example.com', password: 'riley-1' }),
    });
    const callback = await browser.follow(login.headers.get('location') ?? '', '/auth/callback');
    const landed = await browser.visit(callback.url);
    expect(landed.headers.get('location')).toBe(`${gateway.publicUrl}/`);
  });
});

// Guarantee: neither a session of the console nor one of the provider is enough to add a passkey.
describe('a sign-in that proves who the person is', () => {
  it('is insisted on at the provider, and only after it a passkey may be added', async () => {
    const browser = await gateway.signIn('riley');
    const mayAdd = async () =>
      passkeyListSchema.parse(await (await browser.visit('/api/passkeys')).json()).mayAdd;
    expect(await mayAdd()).toBe(false);
    await browser.follow('/auth/login?return=/settings', '/settings');
    expect(await mayAdd()).toBe(false);
    const me = await readMe(browser);
    const headers = { origin: gateway.publicUrl, 'x-csrf-token': me.csrfToken };
    const refused = await write(browser, '/api/passkeys/options', headers);
    expect(await errorCode(refused)).toBe('fresh_sign_in_needed');

    const form = await browser.follow('/auth/login?fresh&return=/settings', '/oidc/interaction/');
    const login = await browser.visit(`${form.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'riley@example.com', password: 'riley-1' }),
    });
    await browser.follow(login.headers.get('location') ?? '', '/settings');
    expect(await mayAdd()).toBe(true);
  });
});

describe('signing out', () => {
  it('ends the session, and the next sign-in asks who it is', async () => {
    const browser = await gateway.signIn('riley');
    const { csrfToken } = await readMe(browser);
    const headers = { origin: gateway.publicUrl, 'x-csrf-token': csrfToken };
    const out = await write(browser, '/auth/logout', headers);
    expect(await out.json()).toEqual({ endSession: expect.stringContaining('/oidc/session/end') });
    expect((await browser.visit('/api/me')).status).toBe(401);
    const login = await browser.visit('/auth/login');
    expect(login.headers.get('location')).toContain('prompt=login');
  });
});

describe('the API', () => {
  it('takes the console’s session and nothing else', async () => {
    // Guarantee: an agent's token opens no route of the console, whatever it carries.
    const response = await fetch(`${gateway.publicUrl}/api/approvals`, {
      headers: { authorization: `Bearer ${await agentToken()}` },
    });
    expect(response.status).toBe(401);
    expect(await errorCode(response)).toBe('not_signed_in');
  });

  it.each([
    ['no token', (_: Me, origin: string) => ({ origin })],
    ['a wrong token', (_: Me, origin: string) => ({ origin, 'x-csrf-token': 'x' })],
    ['no origin', (me: Me) => ({ 'x-csrf-token': me.csrfToken })],
    [
      'a foreign origin',
      (me: Me) => ({ origin: 'http://evil.example', 'x-csrf-token': me.csrfToken }),
    ],
    [
      'a cross-site fetch',
      (me: Me) => ({ 'sec-fetch-site': 'cross-site', 'x-csrf-token': me.csrfToken }),
    ],
  ] satisfies [string, (me: Me, origin: string) => Record<string, string>][])(
    'refuses a write with %s',
    async (_description, headers) => {
      const browser = await gateway.signIn('adrian');
      const me = await readMe(browser);
      const refused = await write(browser, '/api/policy/validate', headers(me, gateway.publicUrl));
      expect(await errorCode(refused)).toBe('csrf');
    },
  );

  it('refuses a role that doesn’t fit, broken JSON and a large body with their codes', async () => {
    const browser = await gateway.signIn('riley');
    const { csrfToken } = await readMe(browser);
    const headers = { origin: gateway.publicUrl, 'x-csrf-token': csrfToken };
    const id = '01a2040b-8aee-7345-89da-c846000b78d9';
    const freeze = await write(browser, `/api/connections/${id}/freeze`, headers, '{"reason":"x"}');
    expect(await errorCode(freeze)).toBe('forbidden');
    const broken = await write(browser, `/api/approvals/${id}/verdict`, headers, '{"verdict":');
    expect([broken.status, await errorCode(broken)]).toEqual([400, 'invalid_input']);
    const large = await write(browser, '/api/policy/validate', headers, `"${'x'.repeat(5e6)}"`);
    expect([large.status, await errorCode(large)]).toEqual([413, 'body_too_large']);
  });
});

describe('pages', () => {
  it('get a strict policy with a fresh nonce, which the console process gets too', async () => {
    const browser = await gateway.signIn('riley');
    const [first, second] = [await browser.visit('/inbox'), await browser.visit('/inbox')];
    const policy = first.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']{24}' 'strict-dynamic'/);
    expect(policy).not.toContain('unsafe');
    expect(second.headers.get('content-security-policy')).not.toBe(policy);
    const asked = gateway.consoleRequests.at(-1)?.headers;
    expect(asked?.['content-security-policy']).toBe(second.headers.get('content-security-policy'));
  });

  it('reach the console process without cookies, and bring none back', async () => {
    const browser = await gateway.signIn('riley');
    const page = await browser.visit('/inbox', { headers: { authorization: 'Bearer secret' } });
    const asked = gateway.consoleRequests.at(-1)?.headers;
    expect(asked).not.toHaveProperty('cookie');
    expect(asked).not.toHaveProperty('authorization');
    expect(page.headers.getSetCookie().join()).not.toContain('from-next');
  });

  it('send strangers to sign in, but give scripts to anyone', async () => {
    const stranger = new Browser(gateway.publicUrl);
    expect((await stranger.visit('/inbox/1')).headers.get('location')).toBe(
      '/auth/login?return=%2Finbox%2F1',
    );
    expect((await stranger.visit('/_next/static/a.js')).status).toBe(200);
    expect((await stranger.visit('/inbox', { headers: { rsc: '1' } })).status).toBe(401);
  });

  it('come under one name only', async () => {
    const other = await fetch(`http://127.0.0.1:${gateway.port}/inbox?x=1`, { redirect: 'manual' });
    expect(other.headers.get('location')).toBe(`${gateway.publicUrl}/inbox?x=1`);
    const write = await fetch(`http://[::1]:${gateway.port}/auth/logout`, { method: 'POST' });
    expect(write.status).toBe(421);
    const mcp = await fetch(`http://127.0.0.1:${gateway.port}/mcp/demo`, { method: 'POST' });
    expect(mcp.status).toBe(401);
    const health = await fetch(`http://127.0.0.1:${gateway.port}/readyz`);
    expect(await health.json()).toEqual({ status: 'ok' });
  });
});

describe('live hints', () => {
  const handshake = (browser: Browser, headers: Record<string, string>) =>
    browser.visit('/live/?EIO=4&transport=polling', { headers });

  it('need a session with a role, from the console’s own page', async () => {
    const origin = gateway.publicUrl;
    const riley = await gateway.signIn('riley');
    expect((await handshake(riley, { origin })).status).toBe(200);
    expect((await handshake(riley, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await handshake(new Browser(origin), { origin })).status).toBe(403);
    expect((await handshake(await gateway.signIn('nora'), { origin })).status).toBe(403);
  });

  it('arrive, and end with the session', async () => {
    const headers = { origin: gateway.publicUrl };
    const riley = await gateway.signIn('riley');
    const opened = await (await handshake(riley, headers)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const channel = `/live/?EIO=4&transport=polling&sid=${sid}`;
    await riley.visit(channel, { method: 'POST', body: '40', headers });
    expect(await (await riley.visit(channel, { headers })).text()).toMatch(/^40/);
    const poll = riley.visit(channel, { headers });
    await gateway.app.get(ChangeBus).announce('approvals', 'a-1');
    expect(await (await poll).text()).toContain('["hint",{"topic":"approvals","id":"a-1"}]');

    const { csrfToken } = await readMe(riley);
    await write(riley, '/auth/logout', { ...headers, 'x-csrf-token': csrfToken });
    expect(await (await riley.visit(channel, { headers })).text()).toBe('41');
    await riley.visit(channel, { headers });
    expect((await riley.visit(channel, { headers })).status).toBe(400);
  });

  // Guarantee: who hears of what are the roles that may read it, whichever replica learned of the groups.
  it('end where another replica learned that the groups are others', async () => {
    const headers = { origin: gateway.publicUrl };
    const adrian = await gateway.signIn('adrian');
    const opened = await (await handshake(adrian, headers)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const channel = `/live/?EIO=4&transport=polling&sid=${sid}`;
    await adrian.visit(channel, { method: 'POST', body: '40', headers });
    expect(await (await adrian.visit(channel, { headers })).text()).toMatch(/^40/);
    await gateway.app.get(Database).pool.query(
      `update console_session set sess = jsonb_set(sess, '{signedIn,groups}', '["reviewers"]')
        where sess -> 'signedIn' ->> 'key' like '%person-adrian'`,
    );
    expect(await (await adrian.visit(channel, { headers })).text()).toBe('41');
    await adrian.visit(channel, { headers });
  }, 20_000);
});

async function agentToken(): Promise<string> {
  const answer = await fetch(`${gateway.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('demo-agent:agent-secret')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
}

describe('groups at a verdict', () => {
  let identity: Pool;
  beforeAll(() => {
    identity = new Pool({ connectionString: gateway.identityDatabase, max: 1 });
  });
  afterAll(() => identity.end());
  afterEach(() => identity.query('delete from changed_groups; delete from outage'));

  const check = () => gateway.app.get(GroupCheck);
  const onDatabase = (text: string, values: readonly unknown[]) =>
    gateway.app.get(Database).pool.query(text, [...values]);
  const groupsNow = (groups: readonly string[]) =>
    identity.query(`insert into changed_groups values ('person-riley', $1)`, [groups]);
  const age = (session: string) =>
    onDatabase(
      `update console_sign_in set groups_at = now() - interval '6 minutes' where sid = $1`,
      [session],
    );

  /** Riley as the guard hands them to a verdict, with groups learned six minutes ago. */
  async function stale() {
    const browser = await gateway.signIn('riley');
    const { rows } = await onDatabase(
      `select s.sid, s.sess->'signedIn' as person from console_sign_in i
       join console_session s on s.sid = i.sid order by i.groups_at desc limit 1`,
      [],
    );
    const { sid: session, person } = rows[0];
    await age(session);
    const riley: SignedInPerson = { ...person, roles: ['reviewer'], session };
    return { browser, riley, session: String(session) };
  }

  it('are good for five minutes, and are asked for after that', async () => {
    const { riley, session } = await stale();
    await groupsNow(['reviewers', 'dba']);
    const confirmed = await check().confirm(riley);
    expect(confirmed.groups).toEqual(['reviewers', 'dba']);
    await identity.query('insert into outage values (now())');
    await expect(check().confirm(riley)).resolves.toMatchObject({ groups: ['reviewers', 'dba'] });
    await age(session);
    await expect(check().confirm(riley)).rejects.toMatchObject({ code: 'groups_unconfirmed' });
  });

  it('take roles away from every page of the session, on the record', async () => {
    // Guarantee: who was removed from a group at the provider decides nothing more (invariant 4).
    const { riley, browser } = await stale();
    await groupsNow([]);
    await expect(check().confirm(riley)).resolves.toMatchObject({ groups: [], roles: [] });
    expect(await readMe(browser)).toMatchObject({ groups: [], roles: [] });
    const { rows } = await onDatabase(
      `select content from entry where kind = 'person.groups_changed' order by id desc limit 1`,
      [],
    );
    expect(JSON.parse(rows[0].content).data).toMatchObject({ groups: [], before: ['reviewers'] });
    const known = await onDatabase('select groups from person where key = $1', [riley.key]);
    expect(known.rows).toEqual([{ groups: [] }]);
  });

  it('are asked for once where several verdicts come at the same time', async () => {
    // A rotated refresh token works once: used twice, this provider ends the whole sign-in.
    const { riley, session } = await stale();
    await Promise.all([1, 2, 3, 4].map(() => check().confirm(riley)));
    await Promise.all([1, 2].map(() => check().confirm(riley, { always: true })));
    await age(session);
    await expect(check().confirm(riley)).resolves.toMatchObject({ roles: ['reviewer'] });
  });

  it('need a new sign-in once the provider takes the token no more, or gave none', async () => {
    const { riley, session } = await stale();
    await identity.query(`delete from oidc_payloads where model = 'RefreshToken'`);
    const refused = { code: 'sign_in_again' };
    await expect(check().confirm(riley)).rejects.toMatchObject(refused);
    await expect(check().confirm(riley)).rejects.toMatchObject(refused);
    const { rows } = await onDatabase('select refresh_sealed from console_sign_in where sid = $1', [
      session,
    ]);
    expect(rows).toEqual([{ refresh_sealed: null }]);
    await expect(check().confirm({ ...riley, session: 'gone' })).rejects.toMatchObject(refused);
  });

  it('are not taken from another subject', async () => {
    const { riley, session } = await stale();
    await onDatabase(`update console_sign_in set sub = 'somebody-else' where sid = $1`, [session]);
    await expect(check().confirm(riley)).rejects.toMatchObject({ code: 'sign_in_again' });
  });

  it('keep the refresh token out of session, log and entries', async () => {
    // Guarantee: credentials go one way (invariant 5).
    const { riley, session } = await stale();
    await check().confirm(riley);
    const { rows } = await onDatabase('select refresh_sealed from console_sign_in where sid = $1', [
      session,
    ]);
    const token = gateway.app
      .get(Envelope)
      .openText(rows[0].refresh_sealed, `console-refresh:${session}`);
    expect(token.length).toBeGreaterThan(20);
    const kept = await onDatabase(
      `select (select count(*) from entry where position($1 in content) > 0)
        + (select count(*) from console_session where position($1 in sess::text) > 0) as n`,
      [token],
    );
    expect(kept.rows).toEqual([{ n: '0' }]);
  });

  it('hold under the lock only as long as the session does', async () => {
    const { riley, session } = await stale();
    const confirmed = await check().confirm(riley);
    await onDatabase('delete from console_session where sid = $1', [session]);
    await expect(
      gateway.app.get(Database).transaction((client) => check().stillConfirmed(client, confirmed)),
    ).rejects.toMatchObject({ code: 'sign_in_again' });
  });
});
