import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoredStep } from '@holdpoint/contracts';
import { PeopleRepository } from '../identity/people.repository.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ApprovalsBench, reviewer } from '../testing/approvals-bench.ts';
import { until } from '../testing/mcp-bench.ts';
import type { HoldDraft } from './approval.ts';
import { ApprovalsView } from './approvals.view.ts';
import { Sweeper } from './sweeper.ts';

let first: ApprovalsBench;
let second: ApprovalsBench;

beforeAll(async () => {
  first = await ApprovalsBench.start();
  second = await first.replica();
});
afterAll(() => first.close());

describe('the time of a step', () => {
  const step = (changes: Partial<StoredStep> = {}): StoredStep => ({
    chain: 'dba',
    reviewers: { groups: ['reviewers'], people: [] },
    quorum: 1,
    deadlineMs: 30 * 60_000,
    onDeadline: 'deny',
    ...changes,
  });
  const day = { approvalWindowMs: 86_400_000 };
  /** As if the step had opened so much earlier. */
  const pass = async (hold: HoldDraft, minutes: number) =>
    first.pool.query(
      `update approval set timer_opened_at = timer_opened_at - $2 * interval '1 minute',
         timer_at = timer_at - $2 * interval '1 minute', timer_ends_at = timer_ends_at - $2 * interval '1 minute'
       where id = $1`,
      [hold.approvalId, minutes],
    );
  /** Both replicas at the same moment, beside their own sweeps. */
  const sweepTwice = () =>
    Promise.all([first, second].map((on) => on.context.get(Sweeper).sweep()));
  const entriesOf = async (hold: HoldDraft, kind: string) =>
    (await first.entriesOf(hold.approvalId)).filter((entry) => entry.kind === kind);
  const mayDecide = async (hold: HoldDraft, who: SignedInPerson) =>
    (await first.context.get(ApprovalsView).detail(hold.approvalId, who)).mayDecide.ok;
  const sam = reviewer('sam', { groups: ['reviewers', 'security'] });

  it('denies once what nobody decided, and says who did not in which time', async () => {
    // Guarantee: a step that nobody decides is denied, once, whatever replicas are alive.
    const { hold } = await first.held({ steps: [step()], ...day });
    await pass(hold, 30);
    await sweepTwice();
    await until(async () => (await first.stateOf(hold.approvalId)) === 'denied', 'it is denied');
    expect(await first.read(hold.approvalId)).toMatchObject({
      stateReason: 'Nobody of group reviewers decided within 30 minutes.',
    });
    expect(await entriesOf(hold, 'approval.denied')).toMatchObject([
      { data: { by: 'deadline', step: 0 } },
    ]);
  });

  it('takes no verdict once it is over, though nothing has swept', async () => {
    // Guarantee: database time decides, not when the sweep came by.
    const { hold } = await first.held({ steps: [step()], ...day });
    await pass(hold, 31);
    await expect(first.approve(hold.approvalId, reviewer('avery'))).rejects.toMatchObject({
      code: 'settled',
    });
  });

  it('escalates once a round, tells the receiver, and never lowers the quorum', async () => {
    // Guarantee: an escalation adds reviewers; whoever was asked before may still decide.
    const rounds = [
      { to: { groups: ['security'], people: [] }, forMs: 30 * 60_000 },
      { to: { groups: ['leads'], people: [] }, forMs: 30 * 60_000 },
    ];
    await first.pool.query(`update connection set webhook_url = 'http://127.0.0.1:9/hook'`);
    await Promise.all([first.refresh(), second.refresh()]);
    const { hold } = await first.held({
      steps: [
        step({
          reviewers: { groups: ['dba'], people: [] },
          quorum: 2,
          onDeadline: { kind: 'escalate', rounds },
        }),
      ],
      ...day,
    });
    expect(await mayDecide(hold, sam)).toBe(false);
    await pass(hold, 31);
    await sweepTwice();
    await until(async () => mayDecide(hold, sam), 'security is asked');
    expect(await entriesOf(hold, 'approval.escalated')).toMatchObject([
      { data: { step: 0, to: { groups: ['security'] } } },
    ]);
    const told = async () => {
      const { rows } = await first.pool.query<{ body: string }>(
        `select body from notification_message where approval_id = $1 and event = 'approval.escalated'`,
        [hold.approvalId],
      );
      return rows.map(({ body }) => JSON.parse(body) as object);
    };
    await until(async () => (await told()).length > 0, 'the webhook is told');
    expect(await told()).toMatchObject([
      { version: 1, data: { state: 'held', asked: { step: 1, of: 1, groups: ['security'] } } },
    ]);
    await first.pool.query(`update connection set webhook_url = null`);
    await Promise.all([first.refresh(), second.refresh()]);
    expect(await mayDecide(hold, reviewer('lea', { groups: ['reviewers', 'leads'] }))).toBe(false);
    await first.approve(hold.approvalId, sam);
    expect(await first.stateOf(hold.approvalId)).toBe('held');
    const dana = reviewer('dana', { groups: ['reviewers', 'dba'] });
    await first.approve(hold.approvalId, dana);
    expect(await first.stateOf(hold.approvalId)).toBe('approved');
  });

  it('reminds as often as the chain says', async () => {
    const onDeadline = { kind: 'remind', everyMs: 10 * 60_000, atMost: 2 } as const;
    const { hold } = await first.held({ steps: [step({ onDeadline })], ...day });
    await pass(hold, 30);
    await sweepTwice();
    await until(
      async () => (await entriesOf(hold, 'approval.reminded')).length > 0,
      'a reminder is recorded',
    );
    expect(await entriesOf(hold, 'approval.reminded')).toHaveLength(1);
    await pass(hold, 10);
    await sweepTwice();
    await until(
      async () => (await entriesOf(hold, 'approval.reminded')).length > 1,
      'another one is recorded',
    );
    expect(await entriesOf(hold, 'approval.reminded')).toHaveLength(2);
    const shown = await first.context.get(ApprovalsView).detail(hold.approvalId, reviewer('avery'));
    expect(shown.chainTime).toMatchObject({
      current: { step: 0, next: { kind: 'deny' }, groups: ['reviewers'] },
      happened: [{ kind: 'reminded' }, { kind: 'reminded' }],
    });
  });

  it('tells by name whom its steps and rounds name by key', async () => {
    const inStep = { key: 'https://idp.example.com|k1', name: 'Ines of the step', email: null };
    const inRound = { key: 'https://idp.example.com|k2', name: 'Rosa of the round', email: null };
    const unseen = 'https://idp.example.com|never-seen';
    for (const each of [inStep, inRound]) await first.context.get(PeopleRepository).remember(each);
    const rounds = [{ to: { groups: [], people: [inRound.key, unseen] }, forMs: 60_000 }];
    const { hold } = await first.held({
      steps: [
        step({
          reviewers: { groups: [], people: [inStep.key] },
          onDeadline: { kind: 'escalate', rounds },
        }),
      ],
      ...day,
    });
    const { chainTime } = await first.context
      .get(ApprovalsView)
      .detail(hold.approvalId, reviewer('avery'));
    expect(chainTime.names).toEqual([
      inStep,
      inRound,
      { key: unseen, name: 'never-seen', email: null },
    ]);
  });

  it('begins for the next step when the one before is approved, and where an older process set none', async () => {
    const { hold } = await first.held({
      steps: [step(), step({ deadlineMs: 60 * 60_000 })],
      ...day,
    });
    await pass(hold, 20);
    await first.approve(hold.approvalId, reviewer('avery'));
    const { timers } = await first.read(hold.approvalId);
    expect(timers).toMatchObject({ step: 1, fired: 0 });
    expect((timers?.endsAt.getTime() ?? 0) - (timers?.openedAt.getTime() ?? 0)).toBe(3_600_000);
    await first.pool.query(
      `update approval set timer_step = null, timer_at = null, timer_opened_at = null, timer_ends_at = null
       where id = $1`,
      [hold.approvalId],
    );
    await first.context.get(Sweeper).sweep();
    await until(async () => (await first.read(hold.approvalId)).timers !== null, 'its time is set');
    expect((await first.read(hold.approvalId)).timers).toMatchObject({ step: 1 });
  });
});
