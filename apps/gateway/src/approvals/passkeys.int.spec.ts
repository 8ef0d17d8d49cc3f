import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shownBy } from '@holdpoint/approval';
import { verifyExport } from '@holdpoint/audit-log';
import type { PasskeyAnswer, PasskeyChallenge, VerdictInput } from '@holdpoint/contracts';
import { SoftwareAuthenticator, type AskedOf } from '@holdpoint/testkit';
import { ExportService } from '../audit/export.service.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Passkeys } from '../passkeys/passkeys.service.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { signedInNow, verdictGiver } from '../testing/verdict-giver.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { ApprovalsView } from './approvals.view.ts';
import { BreakGlass } from './break-glass/break-glass.service.ts';
import { VerdictsService } from './verdicts.service.ts';

const SITE = { rpId: new URL(PUBLIC_URL).hostname, origin: PUBLIC_URL };
const POLICY = `rules:
  - { id: plain, match: { tools: [read] }, effect: hold }
  - { id: signed, match: { tools: [write] }, effect: hold, stepUp: passkey }
`;

const riley = person('Riley');
const avery = person('Avery');
let bench: McpBench;
let agent: Agent;
let authenticator: SoftwareAuthenticator;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.publish(POLICY);
  agent = await bench.agent();
  await (await agent.initialize()).text();
  authenticator = await added(riley);
});
afterAll(() => bench.close());

function person(name: string): SignedInPerson {
  return {
    key: `http://people.example.com|${name.toLowerCase()}`,
    name,
    email: null,
    issuer: 'http://people.example.com',
    subject: name.toLowerCase(),
    groups: ['reviewers'],
    groupsAt: Date.now(),
    provedAt: Date.now(),
    roles: ['reviewer'],
  };
}

const passkeys = () => bench.context.get(Passkeys);
const verdicts = () => bench.context.get(VerdictsService);

async function added(by: SignedInPerson, made = new SoftwareAuthenticator()) {
  const { challenge } = await passkeys().options(by);
  const registration = made.register({ challenge, ...SITE });
  await passkeys().add({ name: `Key of ${by.name}`, registration }, by);
  return made;
}

let calls = 0;
async function held(tool = 'write'): Promise<string> {
  calls += 1;
  const before = await newest();
  const params = `{"n":${calls}}`;
  await (await agent.post(toolCall(calls, tool, params, `{"progressToken":${calls}}`))).next();
  return until(async () => {
    const id = await newest();
    return id === before ? undefined : id;
  }, 'the call is held');
}

async function newest(): Promise<string | undefined> {
  const { rows } = await bench.database.pool.query<{ id: string }>(
    `select id from approval where state = 'held' order by id desc limit 1`,
  );
  return rows[0]?.id;
}

async function approval(
  id: string,
  by = riley,
): Promise<Extract<VerdictInput, { verdict: 'approve' }>> {
  const shown = await shownBy(await bench.context.get(ApprovalsView).detail(id, by));
  if (shown === null) throw new Error('A reviewer is shown the arguments.');
  return { verdict: 'approve', step: 0, reason: 'Looked at it.', shown };
}

function signed(
  { nonce, options: { challenge } }: PasskeyChallenge,
  by = authenticator,
  changes: Partial<AskedOf> & { verified?: boolean; counter?: number } = {},
): PasskeyAnswer {
  const { verified, counter, ...asked } = changes;
  const assertion = by.sign(
    { challenge, ...SITE, ...asked },
    { ...(verified !== undefined && { verified }), ...(counter !== undefined && { counter }) },
  );
  return { nonce, assertion };
}

/** Refused for what is wrong with the signature, and for nothing else: the same approval is then given. */
async function refusedThenGiven(id: string, passkey: PasskeyAnswer): Promise<void> {
  const input = await approval(id);
  await expect(
    verdictGiver(bench.context).give(id, { ...input, passkey }, riley),
  ).rejects.toMatchObject({
    code: 'passkey_refused',
  });
  const fresh = signed(await verdicts().challenge(id, input, riley));
  await verdictGiver(bench.context).give(id, { ...input, passkey: fresh }, riley);
}

async function stateOf(id: string): Promise<string | undefined> {
  const { rows } = await bench.database.pool.query<{ state: string }>(
    'select state from approval where id = $1',
    [id],
  );
  return rows[0]?.state;
}

describe('an approval that a rule wants signed', () => {
  // Guarantee: where a rule demands a passkey, a session alone lets nothing run.
  it('is refused without a passkey', async () => {
    const id = await held();
    const { passkey } = await bench.context.get(ApprovalsView).detail(id, riley);
    expect(passkey).toEqual({ rules: ['signed'] });
    await expect(
      verdictGiver(bench.context).give(id, await approval(id), riley),
    ).rejects.toMatchObject({
      code: 'passkey_needed',
    });
    expect(await stateOf(id)).toBe('held');
  });

  it('is given with one, and shows it', async () => {
    const id = await held();
    const input = await approval(id);
    const passkey = signed(await verdicts().challenge(id, input, riley));
    await verdictGiver(bench.context).give(id, { ...input, passkey }, riley);
    const detail = await bench.context.get(ApprovalsView).detail(id, riley);
    expect(detail.state).not.toBe('held');
    expect(detail.verdicts).toMatchObject([{ withPasskey: true }]);
    const [own] = (await passkeys().list(riley)).items;
    expect(own?.lastUsedAt).not.toBeNull();
  });

  it('needs none to be denied, and none where no rule demands it', async () => {
    const denied = await held();
    await verdictGiver(bench.context).give(
      denied,
      { verdict: 'deny', step: 0, reason: 'No.' },
      riley,
    );
    expect(await stateOf(denied)).toBe('denied');
    const plain = await held('read');
    await verdictGiver(bench.context).give(plain, await approval(plain), riley);
    const detail = await bench.context.get(ApprovalsView).detail(plain, riley);
    expect(detail).toMatchObject({ passkey: null, verdicts: [{ withPasskey: false }] });
  });

  it('can’t be signed by who has no passkey', async () => {
    const id = await held();
    await expect(verdicts().challenge(id, await approval(id, avery), avery)).rejects.toMatchObject({
      code: 'passkey_needed',
    });
  });
});

describe('breaking the glass', () => {
  // Guarantee: the way past the chain is no way past the passkey.
  it('skips the chain, not the passkey', async () => {
    const id = await held();
    const glass = bench.context.get(BreakGlass);
    const blake = await signedInNow(bench.context, {
      ...person('Blake'),
      groups: ['emergency'],
      roles: ['breakglass'],
    });
    const key = await added(blake);
    const { shown } = await approval(id);
    const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
    await expect(glass.use(id, input, blake)).rejects.toMatchObject({ code: 'passkey_needed' });
    const passkey = signed(await glass.challenge(id, input, blake), key);
    const other = { ...input, reason: 'It is Friday already.' };
    await expect(glass.use(id, { ...other, passkey }, blake)).rejects.toMatchObject({
      code: 'passkey_refused',
    });
    await glass.use(id, { ...input, passkey }, blake);
    expect(await stateOf(id)).not.toBe('held');
  });
});

// Guarantee: a signature is good for one verdict of one person on one call, once.
describe('a signature', () => {
  it('for one call does not approve another', async () => {
    const [one, other] = [await held(), await held()];
    const passkey = signed(await verdicts().challenge(one, await approval(one), riley));
    await refusedThenGiven(other, passkey);
  });

  it('that was used once is refused', async () => {
    const id = await held();
    const input = await approval(id);
    const asked = await verdicts().challenge(id, input, riley);
    await bench.database.pool.query(
      'update passkey_challenge set used_at = now() where nonce = $1',
      [asked.nonce],
    );
    await refusedThenGiven(id, signed(asked));
  });

  it('that took too long is refused', async () => {
    const id = await held();
    const asked = await verdicts().challenge(id, await approval(id), riley);
    await bench.database.pool.query(
      'update passkey_challenge set expires_at = now() where nonce = $1',
      [asked.nonce],
    );
    await refusedThenGiven(id, signed(asked));
  });

  it('for another reason, or for more than was signed, is refused', async () => {
    const id = await held();
    const input = await approval(id);
    const asked = await verdicts().challenge(id, { ...input, reason: 'Something else.' }, riley);
    await refusedThenGiven(id, signed(asked));
    const next = await held();
    const plain = await approval(next);
    const more = { ...plain, extra: { argumentsText: '{}' } };
    const passkey = signed(await verdicts().challenge(next, plain, riley));
    await expect(
      verdictGiver(bench.context).give(next, { ...more, passkey }, riley),
    ).rejects.toMatchObject({
      code: 'passkey_refused',
    });
  });

  it.each<[string, Parameters<typeof signed>[2]]>([
    ['without its person', { verified: false }],
    ['on another page', { origin: 'http://evil.example.com' }],
    ['for another host', { rpId: 'evil.example.com' }],
    ['for another challenge', { challenge: 'AAAA' }],
  ])('that was made %s is refused', async (_how, changes) => {
    const id = await held();
    const asked = await verdicts().challenge(id, await approval(id), riley);
    await refusedThenGiven(id, signed(asked, authenticator, changes));
  });

  it('by another person’s passkey, or by none of theirs, is refused', async () => {
    const id = await held();
    const others = await added(avery);
    const asked = await verdicts().challenge(id, await approval(id), riley);
    await refusedThenGiven(id, signed(asked, others));
    const next = await held();
    const again = await verdicts().challenge(next, await approval(next), riley);
    await refusedThenGiven(next, signed(again, new SoftwareAuthenticator()));
  });
});

describe('a passkey', () => {
  it('is added only after a sign-in of the last minutes, and once', async () => {
    // Guarantee: a stolen session can't make itself a second factor.
    const stale = { ...riley, provedAt: Date.now() - 6 * 60_000 };
    const unknown = { ...riley, provedAt: undefined };
    for (const by of [stale, unknown]) {
      expect((await passkeys().list(by)).mayAdd).toBe(false);
      await expect(passkeys().options(by)).rejects.toMatchObject({ code: 'fresh_sign_in_needed' });
      const registration = new SoftwareAuthenticator().register({ challenge: 'AAAA', ...SITE });
      await expect(passkeys().add({ name: 'x', registration }, by)).rejects.toMatchObject({
        code: 'fresh_sign_in_needed',
      });
    }
    const { challenge } = await passkeys().options(riley);
    const registration = new SoftwareAuthenticator().register({ challenge, ...SITE });
    await passkeys().add({ name: 'Once', registration }, riley);
    await expect(passkeys().add({ name: 'Twice', registration }, riley)).rejects.toMatchObject({
      code: 'passkey_refused',
    });
  });

  it.each<[string, Partial<AskedOf> & { verified?: boolean }]>([
    ['without its person', { verified: false }],
    ['on another page', { origin: 'http://evil.example.com' }],
    ['for a challenge of nobody', { challenge: 'AAAA' }],
  ])('that was made %s is refused', async (_how, { verified, ...changes }) => {
    const { challenge } = await passkeys().options(riley);
    const registration = new SoftwareAuthenticator().register(
      { challenge, ...SITE, ...changes },
      verified === undefined ? {} : { verified },
    );
    await expect(passkeys().add({ name: 'x', registration }, riley)).rejects.toMatchObject({
      code: 'passkey_refused',
    });
  });

  it('whose counter went backwards is blocked, since there may be a copy', async () => {
    const id = await held();
    const copied = await added(riley);
    const input = await approval(id);
    const ask = () => verdicts().challenge(id, input, riley);
    await bench.database.pool.query('update passkey set sign_count = 41 where credential_id = $1', [
      copied.credentialId,
    ]);
    const behind = signed(await ask(), copied, { counter: 40 });
    await expect(
      verdictGiver(bench.context).give(id, { ...input, passkey: behind }, riley),
    ).rejects.toMatchObject({
      code: 'passkey_refused',
    });
    const { items } = await passkeys().list(riley);
    expect(items.filter(({ blocked }) => blocked)).toHaveLength(1);
    const ahead = signed(await ask(), copied, { counter: 50 });
    await expect(
      verdictGiver(bench.context).give(id, { ...input, passkey: ahead }, riley),
    ).rejects.toMatchObject({
      code: 'passkey_refused',
    });
  });

  it('that was removed signs nothing, and only its person removes it', async () => {
    const id = await held();
    const mine = await added(riley);
    const [newestOwn] = (await passkeys().list(riley)).items;
    const passkeyId = newestOwn?.id ?? '';
    await expect(passkeys().remove(passkeyId, avery)).rejects.toMatchObject({ code: 'not_found' });
    const asked = await verdicts().challenge(id, await approval(id), riley);
    await passkeys().remove(passkeyId, riley);
    await refusedThenGiven(id, signed(asked, mine));
  });

  it('that somebody added lately is shown to admins', async () => {
    const admin: SignedInPerson = { ...avery, roles: ['admin'] };
    const { lately } = await passkeys().list(admin);
    const others = lately.map((each) => each.person.name);
    expect(others).toContain('Riley');
    expect(others).not.toContain('Avery');
    expect((await passkeys().list(avery)).lately).toEqual([]);
  });
});

describe('a rule that is published meanwhile', () => {
  it('asks again, with a passkey, where a plain approval would have done', async () => {
    const id = await held('read');
    await bench.publish(POLICY.replace('tools: [read] }, effect: hold', '$&, stepUp: passkey'));
    await until(
      async () => (await bench.context.get(ApprovalsView).detail(id, riley)).passkey !== null,
      'the newer rule is heeded',
    );
    // The step that was open before needs it, too.
    await expect(
      verdictGiver(bench.context).give(id, await approval(id), riley),
    ).rejects.toMatchObject({
      code: 'passkey_needed',
    });
    for (const step of [0, 1]) {
      const input = { ...(await approval(id)), step };
      const passkey = signed(await verdicts().challenge(id, input, riley));
      await verdictGiver(bench.context).give(id, { ...input, passkey }, riley);
    }
    expect(await stateOf(id)).not.toBe('held');
  });
});

describe('the audit log', () => {
  it('proves every signed verdict offline', async () => {
    const lines: string[] = [];
    const period = { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
    const auditor: SignedInPerson = { ...riley, roles: ['auditor'] };
    for await (const line of await bench.context.get(ExportService).exportPeriod(period, auditor))
      lines.push(line.trimEnd());
    const report = await verifyExport(lines);
    expect(report.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    const { rows } = await bench.database.pool.query<{ count: string }>(
      'select count(*) from verdict where passkey_id is not null',
    );
    // Beside the verdicts, the glass that was broken.
    const count = Number(rows[0]?.count) + 1;
    expect(count).toBeGreaterThan(10);
    expect(report.passkeys).toEqual({ verified: count, addedBefore: 0 });
  });
});
