import { progress, shownBy } from '@holdpoint/approval';
import type { FreezeScope } from '@holdpoint/contracts';
import { ApprovalsView } from '../../approvals/approvals.view.ts';
import type { Judgement } from '../../approvals/rejudgement.ts';
import { toVerdictRecord } from '../../approvals/verdict-record.ts';
import { verdictsOf } from '../../approvals/verdict.sql.ts';
import { FreezesService } from '../../freezes/freezes.service.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import { adminNamed } from '../admins.ts';
import { own } from '../approvals-bench.ts';
import { verdictGiver } from '../verdict-giver.ts';
import type { Bench, On } from './bench.ts';
import { CALLERS, REVIEWERS, type CallerName } from './people.ts';
import type { Run, Trial, Wait } from './trial.ts';

/** Something that is done on one of the replicas, as the data path or a person does it. */
export type Work = (trial: Trial, bench: Bench) => Promise<unknown>;

/** A refusal is an answer like any other; anything else thrown ends the run. */
export async function allowingRefusals(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof GatewayError)) throw error;
  });
}

export function holds(on: On, caller: CallerName, args: number): Work {
  return async (trial, bench) => {
    const draft = bench.draft(trial, on, caller, args);
    const outcome = await bench
      .replica(on)
      .holds.hold(draft, bench.record(draft), bench.connection);
    if (outcome.kind !== 'waiting') return;
    const { approval, waiterId } = outcome;
    trial.waits.push({ approvalId: approval.id, waiterId, draft });
  };
}

export function decides(
  on: On,
  { approvalId }: Wait,
  person: SignedInPerson,
  choice: 'approve' | 'deny',
): Work {
  return async (trial, bench) => {
    const { context, holds: desk } = bench.replica(on);
    const { steps, caller, callerKey } = await desk.read(approvalId);
    const given = (await verdictsOf(bench.pool, [approvalId])).get(approvalId) ?? [];
    const step = progress(steps, given.map(toVerdictRecord)).currentStep ?? 0;
    const giver = verdictGiver(context);
    if (choice === 'deny')
      await giver.give(approvalId, { verdict: 'deny', step, reason: 'No.' }, person);
    else {
      const shown = await shownBy(await context.get(ApprovalsView).detail(approvalId, person));
      if (shown === null) return;
      await giver.give(approvalId, { verdict: 'approve', step, shown }, person);
    }
    if (person.key === callerKey || person.key === caller.ownerKey)
      trial.faults.push(`${person.name} decided about a call of their own.`);
  };
}

/** Everybody whom the chain needs, one after the other. */
export function approves(on: On, wait: Wait): Work {
  return async (trial, bench) => {
    for (const person of REVIEWERS)
      await allowingRefusals(decides(on, wait, person, 'approve')(trial, bench));
  };
}

export function claims(on: On, { approvalId, waiterId, draft }: Wait, judged?: Judgement): Work {
  return async (trial, bench) => {
    const by = bench.replica(on);
    const { life } = by;
    const outcome = await by.holds.claim(
      await by.holds.read(approvalId),
      waiterId,
      draft.paramsDigest,
      judged ? () => Promise.resolve(judged) : bench.judge(draft, on),
      { ...bench.record(draft), kind: 'call.forwarded', frames: [] },
    );
    if (outcome.kind !== 'claimed') return;
    trial.count('claimed', approvalId);
    trial.claimant.set(approvalId, waiterId);
    trial.runs.push({ approvalId, draft, replica: by, life, answerFrameId: null });
  };
}

/** By an exchange that has lost its place, on whichever approval: it must not run for that one. */
export function claimsBeside(on: On, wait: Wait): Work {
  return claims(on, { ...wait, waiterId: newId() });
}

/** Its connection gets another address, of which the process that claims has not heard. */
export function claimsMoved(on: On, wait: Wait): Work {
  return async (trial, bench) => {
    const judged = await bench.judge(wait.draft, on)();
    await bench.whileMoved(() => claims(on, wait, judged)(trial, bench));
  };
}

/** The service is given to one of those who approved its call: now it must not run. */
export function claimsSold(on: On, wait: Wait): Work {
  return async (trial, bench) => {
    const { service } = CALLERS;
    const before = trial.claimed.get(wait.approvalId) ?? 0;
    for (const { key } of REVIEWERS) {
      await own(bench.pool, service, key);
      await claims(on, wait)(trial, bench);
    }
    await own(bench.pool, service, service.ownerKey ?? '');
    if ((trial.claimed.get(wait.approvalId) ?? 0) > before)
      trial.faults.push(`${wait.approvalId} ran on the approval of whoever owned its service.`);
  };
}

export function answers(run: Run): Work {
  return async (_trial, bench) => {
    if (run.answerFrameId !== null) return;
    const id = newId();
    run.answerFrameId = id;
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}');
    await run.replica.holds.answer(run.approvalId, id, {
      ...bench.record(run.draft),
      kind: 'call.answered',
      frames: [{ id, edge: 'gateway-to-agent', bytes, sealed: false }],
    });
  };
}

export function delivers(run: Run): Work {
  return async (_trial, bench) => {
    if (run.answerFrameId === null) return;
    const record = { ...bench.record(run.draft), frames: [] };
    await run.replica.holds.delivered(run.approvalId, record);
  };
}

export function ends(run: Run, to: 'failed' | 'unknown'): Work {
  return async (_trial, bench) => {
    if (run.answerFrameId !== null) return;
    const { approvalId, draft } = run;
    const record = { ...bench.record(draft), frames: [] };
    const settle = { approvalId, from: ['claimed'], to, reason: 'It broke off.' };
    await run.replica.holds.settle(settle, record, `call.${to}`);
  };
}

/** The next round of a call whose answer asked for input. */
export function goesOn(on: On, { approvalId, draft, answerFrameId }: Run): Work {
  return async (trial, bench) => {
    if (answerFrameId === null) return;
    const by = bench.replica(on);
    const { life } = by;
    const outcome = await by.continuations.continue(
      approvalId,
      answerFrameId,
      draft,
      bench.judge(draft, on),
      { ...bench.record(draft), kind: 'call.continued', frames: [] },
    );
    if (outcome.kind !== 'continued') return;
    trial.count('continued', approvalId);
    trial.runs.push({ approvalId, draft, replica: by, life, answerFrameId: null });
  };
}

export function detaches(on: On, { approvalId, waiterId, draft }: Wait): Work {
  return async (_trial, bench) => {
    const desk = bench.replica(on).holds;
    const record = { ...bench.record(draft), frames: [] };
    await desk.detach(await desk.read(approvalId), waiterId, 'the agent left', record);
  };
}

/** Time passes for one approval: whichever deadline it has now is over. */
export function expires({ approvalId }: Wait): Work {
  return (_trial, bench) =>
    bench.pool.query(
      `update approval set expires_at = now() - interval '1 ms',
         release_expires_at = least(release_expires_at, now() - interval '1 ms') where id = $1`,
      [approvalId],
    );
}

/** `both`: for a moment only; nothing may slip through, before or after. */
export function freezes(on: On, what: 'freeze' | 'lift' | 'both', scope: FreezeScope): Work {
  return async (_trial, bench) => {
    const service = bench.replica(on).context.get(FreezesService);
    const input = { scope, key: bench.keyOf(scope), reason: 'A drill.' };
    const admin = adminNamed('Morgan');
    if (what !== 'lift') await service.freeze(input, admin);
    if (what !== 'freeze') await service.lift(input, admin);
  };
}
