import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEMO_POLICY_YAML } from '@holdpoint/policy';
import type { INestApplicationContext } from '@nestjs/common';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { titleOf } from '../audit/entry-title.ts';
import { FirstVersion } from './first-version.ts';
import { PoliciesService } from './policies.service.ts';
import { PolicyStore } from './policy-store.ts';

const ADMIN: SignedInPerson = {
  key: 'http://issuer.example.com|admin',
  name: 'Adrian Admin',
  email: null,
  issuer: 'http://issuer.example.com',
  subject: 'admin',
  groups: ['admins'],
  groupsAt: 0,
  roles: ['admin'],
};
const SOURCE = 'rules:\n  - id: no-writes\n    effect: deny\n';

let gateway: GatewayContext;
let first: INestApplicationContext;
let second: INestApplicationContext;

beforeAll(async () => {
  gateway = await startGatewayContext();
  first = await gateway.open();
  second = await gateway.open();
});
afterAll(() => gateway.close());

describe('the policy in force', () => {
  it('is one without rules on a new installation, published and recorded once by whichever replica was first', async () => {
    expect([numberAt(first), numberAt(second)]).toEqual([1, 1]);
    const { items } = await first.get(PoliciesService).versions();
    expect(items).toMatchObject([{ number: 1, publishedBy: 'installation', inForce: true }]);
    const { rows } = await first
      .get(Database)
      .pool.query(`select content from entry where kind = 'policy.published'`);
    expect(rows.map(({ content }) => titleOf(JSON.parse(content)))).toEqual([
      'installation published policy 1',
    ]);
  });

  it('is published first by one of several at the same moment, and never over another', async () => {
    const { pool } = first.get(Database);
    const count = async () =>
      (await pool.query(`select count(*)::int as n from policy_version`)).rows[0].n;
    await pool.query('truncate policy_version');
    const all = [first, second, first, second].map((each) => each.get(FirstVersion).publish());
    await Promise.all(all);
    expect(await count()).toBe(1);
    await first.get(FirstVersion).publish();
    expect(await count()).toBe(1);
  });

  it('is swapped as a whole, on every replica', async () => {
    await first.get(PoliciesService).publish({ source: SOURCE, base: 1, note: 'first' }, ADMIN);
    expect(first.get(PolicyStore).current()).toMatchObject({ number: 2, source: SOURCE });
    await eventually(() => numberAt(second) === 2);
  });

  it('is shown rule by rule', async () => {
    await first
      .get(PoliciesService)
      .publish({ source: DEMO_POLICY_YAML, base: 2, note: 'x' }, ADMIN);
    const shown = await first.get(PoliciesService).inForce();
    expect(shown.version).toMatchObject({ number: 3, inForce: true, publishedBy: ADMIN.name });
    expect(shown.rules.length).toBeGreaterThan(2);
    expect(shown.rules.some(({ match }) => match.includes('tools: '))).toBe(true);
  });

  it('is noticed by a replica that got no hint', async () => {
    await first
      .get(Database)
      .pool.query(
        `insert into policy_version (number, source, published_by) values (4, 'rules: []', 'x')`,
      );
    await eventually(() => numberAt(second) === 4);
  });

  it('that can not be read makes every call refused, instead of falling back to an older one', async () => {
    const { pool } = first.get(Database);
    await pool.query(
      `insert into policy_version (number, source, published_by) values (5, 'rules: [{{', 'x')`,
    );
    await eventually(() => numberAt(second) === undefined);
    expect(() => second.get(PolicyStore).current()).toThrow(
      expect.objectContaining({
        code: 'policy_unusable',
        message: expect.stringContaining('Version 5'),
      }),
    );
    await first.get(PoliciesService).publish({ source: SOURCE, base: 5, note: 'repaired' }, ADMIN);
    await eventually(() => numberAt(second) === 6);
  });
});

describe('publishing', () => {
  it('at the same moment on two replicas makes one version and one entry', async () => {
    const base = numberAt(first) ?? 0;
    const outcomes = await Promise.allSettled(
      [first, second, first, second].map((each) =>
        each.get(PoliciesService).publish({ source: SOURCE, base }, ADMIN),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'stale_version' });
      }
    }
    const { rows } = await first
      .get(Database)
      .pool.query<{ count: number }>(
        `select count(*)::int as count from entry where kind = 'policy.published' and content like $1`,
        [`%"number":${base + 1},%`],
      );
    expect(rows[0]?.count).toBe(1);
  });

  it.each([0, 1, 99])('from version %i, which is not the newest, is refused', async (base) => {
    const stale = first.get(PoliciesService).publish({ source: SOURCE, base }, ADMIN);
    await expect(stale).rejects.toMatchObject({ code: 'stale_version' });
  });

  it('of a policy with faults names their places and changes nothing', async () => {
    const before = numberAt(first) ?? 0;
    const faulty = 'rules:\n  - id: a\n    efect: deny\n';
    const validation = await first.get(PoliciesService).validate({ source: faulty, cases: '' });
    expect(validation.issues[0]).toMatchObject({
      line: 3,
      column: 5,
      path: ['rules', 0, 'efect'],
      message: expect.any(String),
    });
    const published = first.get(PoliciesService).publish({ source: faulty, base: before }, ADMIN);
    await expect(published).rejects.toMatchObject({ code: 'policy_invalid' });
    expect(numberAt(first)).toBe(before);
  });

  it('of a rule that names a chain nobody defined is refused', async () => {
    const source = 'rules:\n  - id: a\n    effect: hold\n    approval: nowhere\n';
    const { ok } = await first.get(PoliciesService).validate({ source, cases: '' });
    expect(ok).toBe(false);
  });

  it('leaves versions as they were', async () => {
    const { pool } = first.get(Database);
    await expect(pool.query(`update policy_version set source = ''`)).rejects.toThrow(
      'append-only',
    );
    const { items } = await first.get(PoliciesService).versions();
    expect(items.map(({ number }) => number)).toEqual(
      items.map(({ number }) => number).toSorted((a, b) => b - a),
    );
    expect((await first.get(PoliciesService).version(2)).source).toBe(SOURCE);
  });
});

function numberAt(context: INestApplicationContext): number | undefined {
  try {
    return context.get(PolicyStore).current().number;
  } catch {
    return undefined;
  }
}

async function eventually(look: () => boolean, withinMs = 60_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!look()) {
    if (performance.now() > until) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
