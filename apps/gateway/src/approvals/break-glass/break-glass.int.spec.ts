import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shownBy } from '@holdpoint/approval';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ApprovalsBench, breaker, ISSUER, reviewer } from '../../testing/approvals-bench.ts';
import { signedInNow } from '../../testing/verdict-giver.ts';
import { ApprovalsView } from '../approvals.view.ts';
import { BreakGlass } from './break-glass.service.ts';

let bench: ApprovalsBench;

beforeAll(async () => {
  bench = await ApprovalsBench.start();
});
afterAll(() => bench.close());

/** No digest of anything. */
const NOTHING = '0'.repeat(64);
const timerOf = async (id: string) => (await bench.read(id)).timers?.step;

describe('a call that break-glass let through, and that a stricter policy sends back', () => {
  const security = {
    chain: 'security',
    reviewers: { groups: ['security'], people: [] },
    quorum: 1,
    deadlineMs: 60_000,
    onDeadline: 'deny' as const,
  };

  it.each([
    ['at its first step, where break-glass went past it', [], 0],
    ['at the step that nobody approved, where one was approved', ['avery'], 1],
  ])('is timed %s', async (_where, before, step) => {
    const held = await bench.heldForTwo();
    for (const who of before) await bench.approve(held.id, reviewer(who));
    await bench.breakGlass(held.id, breaker('blake'));
    await bench.publish();
    expect(await bench.claim(held, { steps: [...held.hold.steps, security] })).toBe('changed');
    expect(await bench.read(held.id)).toMatchObject({ state: 'held', timers: { step } });
    // The timer is of the step that is decided next.
    await bench.approve(held.id, reviewer('riley'), step);
    expect(await timerOf(held.id)).toBe(step + 1);
  });

  it('is timed at the added step, where the whole chain had approved', async () => {
    const held = await bench.heldForTwo();
    await bench.approve(held.id, reviewer('avery'));
    await bench.approve(held.id, reviewer('riley'), 1);
    await bench.publish();
    expect(await bench.claim(held, { steps: [...held.hold.steps, security] })).toBe('changed');
    expect(await timerOf(held.id)).toBe(2);
  });
});

describe('break-glass', () => {
  async function use(id: string, who: SignedInPerson) {
    const signedIn = await signedInNow(bench.context, who);
    const shown = (await shownBy(await bench.context.get(ApprovalsView).detail(id, signedIn))) ?? {
      digest: NOTHING,
      lastSame: null,
    };
    const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
    return bench.context.get(BreakGlass).use(id, input, signedIn);
  }

  it('approves past every step, says so everywhere, and is acknowledged by somebody else', async () => {
    const [step] = bench.draft().steps;
    if (step === undefined) throw new Error('unreachable');
    const { hold } = await bench.held({ steps: [{ ...step, quorum: 3 }, step] });
    const id = hold.approvalId;
    await use(id, breaker('blake'));
    const after = await bench.read(id);
    expect(after.state).toBe('approved');
    expect(after.stateReason).toContain('by blake: Customers cannot pay.');
    const kinds = (await bench.entriesOf(id)).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['approval.break-glass', 'approval.approved']));
    const last = (await bench.entriesOf(id)).find(({ kind }) => kind === 'approval.approved');
    expect(last?.data).toHaveProperty('approvalRecord.decidedBy', [
      `blake (${ISSUER}|blake) by break-glass`,
    ]);

    const glass = bench.context.get(BreakGlass);
    const alarm = (await glass.open()).items.find(({ approvalId }) => approvalId === id);
    if (alarm === undefined) throw new Error('No alarm.');
    const itself = breaker('blake', { roles: ['admin', 'breakglass'] });
    await expect(glass.acknowledge(alarm.id, itself)).rejects.toMatchObject({ code: 'settled' });
    const auditor = reviewer('jo', { roles: ['auditor'] });
    const open = await glass.acknowledge(alarm.id, auditor);
    expect(open.items.map((item) => item.id)).not.toContain(alarm.id);
    await expect(glass.acknowledge(alarm.id, auditor)).rejects.toMatchObject({ code: 'settled' });
    expect((await bench.entriesOf(id)).at(-1)?.kind).toBe('approval.break-glass-acknowledged');
  });

  // Guarantee: break-glass skips the chain, never separation from the caller (invariant 4).
  it.each([
    ['the owner of the calling service', () => breaker('olga'), 'own_service'],
    [
      'a reviewer and admin without the role',
      () => reviewer('avery', { roles: ['reviewer', 'admin'] }),
      'not_break_glass',
    ],
  ])('is refused to %s, on the record', async (_description, who, code) => {
    const base = bench.draft();
    const { hold } = await bench.held({
      caller: { ...base.caller, kind: 'service', ownerKey: `${ISSUER}|olga` },
    });
    await expect(use(hold.approvalId, who())).rejects.toMatchObject({ code });
    expect(await bench.stateOf(hold.approvalId)).toBe('held');
    expect((await bench.entriesOf(hold.approvalId)).at(-1)?.kind).toBe(
      'approval.break-glass-refused',
    );
  });

  it('asks the provider at that moment: groups of three minutes ago are not enough', async () => {
    const { hold } = await bench.held();
    const signedIn = await signedInNow(bench.context, breaker('blake'));
    await bench.pool.query(
      `update console_sign_in set groups_at = now() - interval '3 minutes' where sid = $1`,
      [signedIn.session],
    );
    const shown = { digest: NOTHING, lastSame: null };
    const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
    await expect(
      bench.context.get(BreakGlass).use(hold.approvalId, input, signedIn),
    ).rejects.toMatchObject({ code: 'sign_in_again' });
  });

  it('is taken no more once the step’s time is over, though nothing has swept', async () => {
    // Guarantee: database time decides, for every way to decide.
    const { id } = await bench.held();
    await bench.pool.query(
      `update approval set timer_ends_at = now() - interval '1 ms', timer_at = now() + interval '1 hour' where id = $1`,
      [id],
    );
    await expect(bench.breakGlass(id, breaker('blake'))).rejects.toMatchObject({
      code: 'settled',
    });
    expect((await bench.read(id)).state).toBe('held');
  });
});
