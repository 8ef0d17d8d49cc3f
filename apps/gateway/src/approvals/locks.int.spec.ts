import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shownBy } from '@holdpoint/approval';
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { learnGroups, tellDelegations } from '../identity/console-sign-in.sql.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import {
  ApprovalsBench,
  breaker,
  ISSUER,
  reviewer,
  type Held,
} from '../testing/approvals-bench.ts';
import { beside, getsThrough, isWaitedFor } from '../testing/beside.ts';
import { until } from '../testing/mcp-bench.ts';
import { signedInNow } from '../testing/verdict-giver.ts';
import type { HoldDraft } from './approval.ts';
import { lockCaller } from './approval.sql.ts';
import { ApprovalsView } from './approvals.view.ts';
import { BreakGlass } from './break-glass/break-glass.service.ts';
import { EditDesk } from './edit-desk.ts';
import { RejudgeDesk } from './rejudge-desk.ts';
import { StepClock } from './step-clock.ts';
import { recordFired } from './timers.sql.ts';
import { VerdictsService } from './verdicts.service.ts';

let bench: ApprovalsBench;

beforeAll(async () => {
  bench = await ApprovalsBench.start();
});
afterAll(() => bench.close());

const past = (at: string, id: string) =>
  until(async () => {
    const { rows } = await bench.pool.query<{ past: boolean }>(
      `select ${at} < clock_timestamp() as past from approval where id = $1`,
      [id],
    );
    return rows[0]?.past;
  }, 'its time is over');

describe('a deadline that passes while a verdict waits for its lock', () => {
  // Guarantee: database time decides, as it is when the decision is made.
  it.each([
    ['approve', (id: string) => bench.approve(id, reviewer('avery'))],
    ['break glass', (id: string) => bench.breakGlass(id, breaker('blake'))],
  ])('has passed: nobody may %s', async (_what, decide) => {
    const { id, hold } = await bench.held();
    await beside(bench.pool, async (client) => {
      await lockCaller(client, hold.callerKey);
      await bench.pool.query(
        `update approval set timer_ends_at = clock_timestamp() + interval '1 second',
           timer_at = now() + interval '1 hour' where id = $1`,
        [id],
      );
      const attempt = decide(id).then(
        () => 'ok',
        (error: { code?: string }) => error.code,
      );
      await isWaitedFor(bench.pool, client);
      await past('timer_ends_at', id);
      await client.query('commit');
      expect(await attempt).toBe('settled');
    });
    expect((await bench.read(id)).state).toBe('held');
  });
});

describe('what is locked in one order', () => {
  it('a session before its sign-in: signing out beside learning groups', async () => {
    const { session = '' } = await signedInNow(bench.context, reviewer('avery'));
    const learned = await beside(bench.pool, async (client) => {
      await client.query('select 1 from console_session where sid = $1 for update', [session]);
      const learning = beside(bench.pool, (other) =>
        learnGroups(other, session, ['dba'], new Date()),
      );
      await isWaitedFor(bench.pool, client);
      // Cascades to the sign-in: whoever waits for the session must not have that.
      await client.query('delete from console_session where sid = $1', [session]);
      await client.query('commit');
      return learning;
    });
    expect(learned).toBe(false);
  });

  it('delegations as they were made: a verdict beside learning of the delegator', async () => {
    // In the table the later one comes first.
    const [later, earlier] = [uuidv7(), uuidv7()];
    const from = `${ISSUER}|noor`;
    for (const [index, id] of [later, earlier].entries())
      await bench.pool.query(
        `insert into delegation (id, delegator_key, delegator_name, delegate_key, delegate_name, from_at, until_at,
           connections, chains, groups, groups_at, created_at)
         values ($1, $2, 'noor', $3, 'riley', now(), now() + interval '1 hour', '{}', '{}', '{}', now() - interval '1 hour',
           now() - $4 * interval '1 second')`,
        [id, from, `${ISSUER}|riley`, index],
      );
    await beside(bench.pool, async (client) => {
      const lock = (id: string) =>
        client.query('select 1 from delegation where id = $1 for share', [id]);
      await lock(earlier);
      const telling = beside(bench.pool, (other) =>
        tellDelegations(other, from, ['dba'], new Date()),
      );
      await isWaitedFor(bench.pool, client);
      await lock(later);
      await client.query('commit');
      await telling;
    });
    const { rows } = await bench.pool.query(
      `select groups from delegation where delegator_key = $1`,
      [from],
    );
    expect(rows).toEqual([{ groups: ['dba'] }, { groups: ['dba'] }]);
  });
});

describe('what comes to an approval while something else is under way', () => {
  const CHANGED = 'other arguments';
  const outcomeOf = (attempt: Promise<unknown>) =>
    attempt.then(
      (value) => value ?? 'ok',
      (error: { code?: string }) => error.code,
    );
  const shownOf = async (id: string, who: SignedInPerson) => {
    const shown = await shownBy(await bench.context.get(ApprovalsView).detail(id, who));
    if (shown === null) throw new Error('Nothing was shown.');
    return shown;
  };
  /** Who acts has read the page before, and acts on what it showed. */
  const ACTS = {
    verdict: async ({ id }: Held, who: SignedInPerson) => {
      const shown = await shownOf(id, who);
      const verdicts = bench.context.get(VerdictsService);
      return () => verdicts.give(id, { verdict: 'approve', step: 0, shown }, who);
    },
    'break-glass': async ({ id }: Held, who: SignedInPerson) => {
      const shown = await shownOf(id, who);
      const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
      return () => bench.context.get(BreakGlass).use(id, input, who);
    },
    'change of arguments': async ({ id, hold }: Held, who: SignedInPerson) => {
      const desk = bench.context.get(EditDesk);
      const proposed = {
        argumentsText: '{"n":2}',
        note: null,
        paramsDigest: CHANGED,
        askedDigest: hold.paramsDigest,
        now: await bench.judgement(hold)(),
      };
      return () =>
        desk.by(id, 'propose', who, (confirmed) => desk.propose(id, 0, proposed, confirmed));
    },
  };
  type Act = keyof typeof ACTS;
  const signedInFor = (act: Act, name: string) =>
    signedInNow(bench.context, (act === 'break-glass' ? breaker : reviewer)(name));

  /** The first stops where it asks whether its person is signed in: by then it has read the approval. */
  const meanwhile = (
    who: SignedInPerson,
    begin: () => Promise<unknown>,
    come: () => Promise<unknown>,
  ) =>
    beside(bench.pool, async (client) => {
      await client.query('select 1 from console_sign_in where sid = $1 for update', [who.session]);
      const begun = outcomeOf(begin());
      await isWaitedFor(bench.pool, client);
      const came = outcomeOf(come());
      const isThrough = await getsThrough(bench.pool, client, came, 1);
      await client.query('commit');
      return { begun: await begun, came: await came, isThrough };
    });

  // Guarantee (invariant 2): what somebody read is what their decision is about, whatever comes meanwhile.
  it.each<[Act, Act, string, 'approved' | 'held']>([
    ['verdict', 'change of arguments', 'settled', 'approved'],
    ['break-glass', 'change of arguments', 'settled', 'approved'],
    ['change of arguments', 'verdict', 'not_in_step', 'held'],
    ['change of arguments', 'break-glass', 'shown_differs', 'held'],
    ['change of arguments', 'change of arguments', 'not_in_step', 'held'],
  ])('waits: a %s, then a %s', async (first, second, code, state) => {
    const held = await bench.held();
    const [early, late] = [await signedInFor(first, 'avery'), await signedInFor(second, 'riley')];
    const [begin, come] = [await ACTS[first](held, early), await ACTS[second](held, late)];
    expect(await meanwhile(early, begin, come)).toEqual({
      begun: 'ok',
      came: code,
      isThrough: false,
    });
    expect(await bench.read(held.id)).toMatchObject({
      state,
      paramsDigest: state === 'approved' ? held.hold.paramsDigest : CHANGED,
    });
  });

  it('waits: a call, while another one of its caller is counted', async () => {
    // Guarantee: a caller's bound on held calls is exact on every replica.
    await beside(bench.pool, async (client) => {
      await lockCaller(client, bench.draft().callerKey);
      const holding = bench.held();
      expect(await getsThrough(bench.pool, client, holding, 0)).toBe(false);
      await client.query('commit');
      await holding;
    });
  });

  it('is left for the next round where a newer policy comes beside a verdict', async () => {
    const held = await bench.held();
    const avery = await signedInFor('verdict', 'avery');
    const policyVersion = held.hold.policyVersion + 1;
    const judged = await bench.judgement(held.hold, { policyVersion, steps: stepsOfMore(held) })();
    const apply = () =>
      bench.context.get(RejudgeDesk).apply(new Map([[held.id, judged]]), policyVersion);
    const outcome = await meanwhile(avery, await ACTS.verdict(held, avery), apply);
    expect(outcome).toMatchObject({ begun: 'ok', came: 0 });
  });

  it('is judged again for a claim only as it is by then', async () => {
    const made = await bench.approved();
    const policyVersion = made.hold.policyVersion + 1;
    await beside(bench.pool, async (client) => {
      await client.query(`update approval set state = 'denied' where id = $1`, [made.id]);
      const claiming = bench.claim(made, { policyVersion, steps: stepsOfMore(made) });
      await isWaitedFor(bench.pool, client);
      await client.query('commit');
      expect(await claiming).toBe('changed');
    });
    const kinds = (await bench.entriesOf(made.id)).map(({ kind }) => kind);
    expect(kinds).not.toContain('approval.rejudged');
  });

  it('lets a timer fire once: not while another sweeper has it, nor from an older count', async () => {
    const onDeadline = { kind: 'remind', everyMs: 600_000, atMost: 2 } as const;
    const [step] = bench.draft().steps;
    if (!step) throw new Error('No step.');
    const { id } = await bench.held({
      steps: [{ ...step, onDeadline }],
      approvalWindowMs: 86_400_000,
    });
    const take = (client: PoolClient) =>
      client.query(
        `select 1 from approval where id = $1 and timer_at <= clock_timestamp() for update`,
        [id],
      );
    await until(
      () =>
        beside(bench.pool, async (client) => {
          await bench.pool.query(
            `update approval set timer_fired = 0, timer_at = now(), timer_opened_at = now() - interval '2 minutes',
               timer_ends_at = now() + interval '1 hour' where id = $1`,
            [id],
          );
          if ((await take(client)).rowCount === 0) return false;
          const striking = bench.context.get(StepClock).strike(100);
          expect(await getsThrough(bench.pool, client, striking, 0)).toBe(true);
          expect(await striking).not.toContain(id);
          const fired = { from: 0, to: 1, nextAt: new Date(Date.now() + 3_600_000), events: [] };
          expect(await recordFired(client, id, fired)).toBe(true);
          expect(await recordFired(client, id, fired)).toBe(false);
          return true;
        }),
      'the sweep in the background did not take it first',
    );
  });
});

describe('a caller with many calls at once', () => {
  // Guarantee: no caller takes what others need: its calls wait for its lock without a connection each.
  it('leaves connections to other callers', async () => {
    const busy = `${ISSUER}|busy`;
    const { id } = await beside(bench.pool, async (client) => {
      await lockCaller(client, busy);
      // As many as the pool has.
      const waiting = Array.from({ length: 20 }, () => bench.held({ callerKey: busy }));
      const all = Promise.all(waiting);
      await isWaitedFor(bench.pool, client);
      const other = await bench.held({ callerKey: `${ISSUER}|other` });
      await client.query('commit');
      await all;
      return other;
    });
    expect((await bench.read(id)).state).toBe('held');
    const { rows } = await bench.pool.query(
      `select count(*)::int as n from approval where caller_key = $1 and state = 'held'`,
      [busy],
    );
    expect(rows).toEqual([{ n: 20 }]);
  });

  // Guarantee: nor do verdicts on its calls, however many reviewers give them at once.
  it('leaves connections to verdicts on the calls of others', async () => {
    const callerKey = `${ISSUER}|decided`;
    const busy = await Promise.all(Array.from({ length: 20 }, () => bench.held({ callerKey })));
    const other = await bench.held({ callerKey: `${ISSUER}|another` });
    const person = reviewer('avery');
    await beside(bench.pool, async (client) => {
      await lockCaller(client, callerKey);
      const deciding = Promise.all(busy.map(({ id }) => bench.approve(id, person)));
      await isWaitedFor(bench.pool, client);
      await bench.approve(other.id, person);
      await client.query('commit');
      await deciding;
    });
    expect((await bench.read(other.id)).state).toBe('approved');
  });
});

/** What was asked, and one step more. */
function stepsOfMore({ hold }: Held): HoldDraft['steps'] {
  return hold.steps.flatMap((step) => [step, { ...step, chain: 'security' }]);
}
