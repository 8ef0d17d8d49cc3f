import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { ApprovalsBench, ISSUER, reviewer, SERVICE } from '../testing/approvals-bench.ts';
import { verdictGiver } from '../testing/verdict-giver.ts';
import type { HoldDraft } from './approval.ts';
import type { HoldOutcome } from './hold-desk.ts';

let first: ApprovalsBench;
let second: ApprovalsBench;

beforeAll(async () => {
  first = await ApprovalsBench.start();
  second = await first.replica();
});
afterAll(() => first.close());

describe('the same call again', () => {
  const again = (hold: HoldDraft): HoldDraft => ({
    ...hold,
    approvalId: uuidv7(),
    callId: uuidv7(),
    requestFrameId: uuidv7(),
  });
  const repeat = (hold: HoldDraft): Promise<HoldOutcome> => {
    const copy = again(hold);
    return second.desk.hold(copy, first.record(copy), first.connection);
  };

  it('opens its own approval beside a live waiter', async () => {
    const { hold } = await first.held();
    const outcome = await repeat(hold);
    expect(outcome.kind === 'waiting' && outcome.approval.id).not.toBe(hold.approvalId);
  });

  it('joins an approval whose waiter left', async () => {
    const { hold, outcome } = await first.held();
    await first.desk.detach(outcome.approval, outcome.waiterId, 'left', first.forwarded(hold));
    const joined = await repeat(hold);
    expect(joined).toMatchObject({ kind: 'waiting', joined: true });
    expect(joined.kind === 'waiting' && joined.approval.id).toBe(hold.approvalId);
  });

  it('joins an approval whose gateway process died', async () => {
    const third = await first.replica();
    const { hold } = await third.held();
    await third.close();
    const joined = await repeat(hold);
    expect(joined.kind === 'waiting' && joined.approval.id).toBe(hold.approvalId);
  });

  // Guarantee (invariant 4): a hold of an unowned service stays undecidable, and its new owner decides about none of its calls.
  it.each([
    ['nobody', null],
    ['somebody else', `${ISSUER}|other`],
  ])('asks anew once it has an owner, where %s owned it when it was held', async (_who, before) => {
    const service = { ...SERVICE, kind: 'service' as const };
    const caller = { ...service, ownerKey: before };
    const { hold, outcome } = await first.held({ caller });
    await first.desk.detach(outcome.approval, outcome.waiterId, 'left', first.forwarded(hold));
    const again = await first.held({
      paramsDigest: hold.paramsDigest,
      caller: { ...service, ownerKey: `${ISSUER}|owner` },
    });
    expect(again.outcome.approval.id).not.toBe(hold.approvalId);
    await first.approve(again.hold.approvalId, reviewer('avery'));
  });

  it('asks anew under another owner, though it was approved under the one before', async () => {
    // Guarantee (invariant 4): an approval by whoever owns the service by now releases nothing.
    const { hold, outcome } = await first.approved();
    await first.desk.detach(outcome.approval, outcome.waiterId, 'left', first.forwarded(hold));
    const again = await first.held({
      paramsDigest: hold.paramsDigest,
      caller: { ...SERVICE, ownerKey: `${ISSUER}|avery` },
    });
    expect(again.outcome.approval.id).not.toBe(hold.approvalId);
    expect(again.outcome.joined).toBe(false);
  });

  it('of another caller never joins', async () => {
    // Guarantee: handles and releases belong to the caller that got them (invariant 10).
    const { hold, outcome } = await first.held();
    await first.desk.detach(outcome.approval, outcome.waiterId, 'left', first.forwarded(hold));
    const copy = {
      ...again(hold),
      callerKey: `${ISSUER}|intruder`,
      caller: { ...SERVICE, key: `${ISSUER}|intruder` },
    };
    const theirs = await first.desk.hold(copy, first.record(copy), first.connection);
    expect(theirs.kind === 'waiting' && theirs.approval.id).toBe(copy.approvalId);
  });

  it('is told of a denial for a while, and asks nobody again', async () => {
    const { hold, outcome } = await first.held();
    await verdictGiver(first.context).give(
      hold.approvalId,
      { verdict: 'deny', step: 0, reason: 'No.' },
      reviewer('avery'),
    );
    await first.desk.detach(outcome.approval, outcome.waiterId, 'told', first.forwarded(hold));
    expect(await repeat(hold)).toMatchObject({ kind: 'denied-before' });
  });

  it('gets the answer that was never collected, and runs nothing', async () => {
    const approved = await first.approved();
    const { hold, outcome, approval } = approved;
    await first.claim(approved);
    const frameId = uuidv7();
    await first.desk.answer(hold.approvalId, frameId, {
      ...first.record(hold),
      kind: 'call.answered',
      frames: [{ id: frameId, edge: 'gateway-to-agent', bytes: Buffer.from('{}'), sealed: false }],
    });
    await first.desk.detach(approval, outcome.waiterId, 'left', first.forwarded(hold));
    const joined = await repeat(hold);
    expect(joined).toMatchObject({
      kind: 'waiting',
      approval: { id: hold.approvalId, state: 'answered' },
    });
    await first.desk.delivered(hold.approvalId, first.record(hold));
    expect(await repeat(hold)).toMatchObject({ kind: 'waiting', joined: false });
  });
});
