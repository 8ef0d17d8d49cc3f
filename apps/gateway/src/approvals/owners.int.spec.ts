import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EditsService } from '../edits/edits.service.ts';
import {
  ApprovalsBench,
  breaker,
  disown,
  ISSUER,
  own,
  reviewer,
  SERVICE,
} from '../testing/approvals-bench.ts';
import { signedInNow, verdictGiver } from '../testing/verdict-giver.ts';
import { claimRelease } from './approval.sql.ts';

const OWNER = `${ISSUER}|owner`;
let bench: ApprovalsBench;

beforeAll(async () => {
  bench = await ApprovalsBench.start();
});
afterAll(() => bench.close());
beforeEach(() => own(bench.pool, SERVICE, OWNER));

const deny = (id: string, who: string, step = 0) =>
  verdictGiver(bench.context).give(id, { verdict: 'deny', step, reason: 'No.' }, reviewer(who));

describe('a service whose registration was removed while its call waited', () => {
  // Guarantee (invariant 4): a hold of a service identity that nobody owns can't be approved.
  const unowned = { code: 'unowned_service' };

  it('is approved by no verdict, until somebody owns it again', async () => {
    const { id } = await bench.held();
    await disown(bench.pool, SERVICE);
    await expect(bench.approve(id, reviewer('avery'))).rejects.toMatchObject(unowned);
    await expect(deny(id, 'avery')).rejects.toMatchObject(unowned);
    expect((await bench.entriesOf(id)).at(-1)?.kind).toBe('verdict.refused');
    await own(bench.pool, SERVICE, OWNER);
    await bench.approve(id, reviewer('avery'));
    expect((await bench.read(id)).state).toBe('approved');
  });

  it('is approved by no break-glass', async () => {
    const { id } = await bench.held();
    await disown(bench.pool, SERVICE);
    await expect(bench.breakGlass(id, breaker('blake'))).rejects.toMatchObject(unowned);
    expect((await bench.read(id)).state).toBe('held');
  });

  it('has no arguments changed', async () => {
    const { id } = await bench.held();
    await disown(bench.pool, SERVICE);
    const avery = await signedInNow(bench.context, reviewer('avery'));
    const edits = bench.context.get(EditsService);
    await expect(edits.withdraw(id, 1, avery)).rejects.toMatchObject(unowned);
  });

  it('runs nothing that was approved before', async () => {
    const held = await bench.held();
    await bench.approve(held.id, reviewer('avery'));
    await disown(bench.pool, SERVICE);
    expect(await bench.claim(held)).toBe('changed');
    const { state, stateReason } = await bench.read(held.id);
    expect(state).toBe('void');
    expect(stateReason).toContain('nobody owns');
  });
});

describe('whoever approved a call and owns its service by now', () => {
  // Guarantee (invariant 4): nothing runs on the approval of whoever owns the calling service.
  it('lets nothing run: the release is void', async () => {
    const held = await bench.held();
    await bench.approve(held.id, reviewer('avery'));
    await own(bench.pool, SERVICE, `${ISSUER}|avery`);
    expect(await bench.claim(held)).toBe('changed');
    const { state, stateReason } = await bench.read(held.id);
    expect(state).toBe('void');
    expect(stateReason).toContain('owns the calling service');
  });

  it.each([
    ['is nobody', () => disown(bench.pool, SERVICE)],
    ['is who approved it', () => own(bench.pool, SERVICE, `${ISSUER}|avery`)],
  ])('is a condition of the claim itself: not where the owner %s', async (_who, change) => {
    // Guarantee: what the process looked at before decides nothing.
    const { id, hold, outcome } = await bench.held();
    await bench.approve(id, reviewer('avery'));
    const claim = { ...hold, waiterId: outcome.waiterId, instance: 1 };
    await change();
    expect(await claimRelease(bench.pool, claim)).toBe(false);
    await own(bench.pool, SERVICE, OWNER);
    expect(await claimRelease(bench.pool, claim)).toBe(true);
  });

  it('lets nothing run by break-glass', async () => {
    const held = await bench.held();
    await bench.breakGlass(held.id, breaker('blake'));
    await own(bench.pool, SERVICE, `${ISSUER}|blake`);
    expect(await bench.claim(held)).toBe('changed');
    expect((await bench.read(held.id)).state).toBe('void');
  });

  it('keeps the rest of the chain from approving, and not from denying', async () => {
    const { id } = await bench.heldForTwo();
    await bench.approve(id, reviewer('avery'));
    await own(bench.pool, SERVICE, `${ISSUER}|avery`);
    await expect(bench.approve(id, reviewer('riley'), 1)).rejects.toMatchObject({
      code: 'own_service',
    });
    await deny(id, 'riley', 1);
    expect((await bench.read(id)).state).toBe('denied');
  });

  it('stands in nobody’s way where somebody else is the owner', async () => {
    const held = await bench.heldForTwo();
    await bench.approve(held.id, reviewer('avery'));
    await own(bench.pool, SERVICE, `${ISSUER}|olga`);
    await bench.approve(held.id, reviewer('riley'), 1);
    expect(await bench.claim(held)).toBe('claimed');
  });
});
