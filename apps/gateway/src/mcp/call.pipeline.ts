import type { StoredDecision } from '@holdpoint/contracts';
import { inputRequiredResult, parseServerFrame, replaceResultId, type Frame } from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { HeldPayload } from '../approvals/held-payload.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { AnswerPresenter } from './answer-presenter.ts';
import {
  decided,
  methodOf,
  recordOf,
  targetOf,
  type Call,
  type HttpVisit,
  type Visit,
} from './call.ts';
import { CallPlaces } from './call-places.ts';
import { CANCELLED, denialText, MAY_HAVE_RUN, STORED_ANSWER_GONE } from './call-refusals.ts';
import { Continuations, sentFrames } from './continuations.ts';
import { disclosedIn, recordedIn } from './edited-call.ts';
import { Forwarder, type UpstreamOutcome } from './forwarder.ts';
import { GrantedCalls } from './granted-calls.ts';
import { HeldTasks } from './held-tasks.ts';
import { HoldLadder, type HoldEnd } from './hold-ladder.ts';
import { InFlight, type InFlightCall } from './in-flight.ts';
import { Judge, type Verdict } from './judge.ts';
import { unionOf } from './masker.ts';
import { checkParamHeaders } from './modern-request.ts';
import { Presenter } from './presenter.ts';
import { Batch } from './batch.ts';
import { checkAccept, receiveMessages } from './receive.ts';
import { refusalText, toGatewayError, type Refusal } from './refusal.ts';
import { SideMessages } from './side-messages.ts';
import { isTaskMethod, TaskOwners } from './task-owners.ts';
import { UpstreamAsks } from './upstream-asks.ts';
import { endOf, failed } from './upstream-failure.ts';

/**
 * One call, top to bottom: receive → decide → record → settle → claim → forward → mask → record →
 * deliver. Authentication has happened; no guard, interceptor or decorator takes part.
 */
@Injectable()
export class CallPipeline {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly places: CallPlaces,
    private readonly judge: Judge,
    private readonly ledger: Ledger,
    private readonly ladder: HoldLadder,
    private readonly desk: HoldDesk,
    private readonly payload: HeldPayload,
    private readonly forwarder: Forwarder,
    private readonly presenter: Presenter,
    private readonly answers: AnswerPresenter,
    private readonly asks: UpstreamAsks,
    private readonly inFlight: InFlight,
    private readonly sideMessages: SideMessages,
    private readonly taskOwners: TaskOwners,
    private readonly continuations: Continuations,
    private readonly heldTasks: HeldTasks,
    private readonly granted: GrantedCalls,
  ) {}

  async run(visit: HttpVisit): Promise<void> {
    checkAccept(visit.exchange);
    const received = await receiveMessages(visit, this.env.HOLDPOINT_MAX_FRAME_BYTES);
    if (!(received instanceof Batch)) return this.take(visit, received);
    await received.run((frame, exchange) =>
      this.take({ ...visit, exchange }, frame).catch((error: unknown) => {
        // Told within the stream, where nobody else would log it.
        if (toGatewayError(error).code === 'internal')
          this.logger.error({ error }, 'a message of a batch failed');
        throw error;
      }),
    );
  }

  /** What follows on a frame that was read, whichever way its answer goes. */
  async take(visit: Visit, frame: Frame): Promise<void> {
    const { message } = frame;
    if (message.kind === 'request') visit.exchange.requestId = message.id;
    const incoming = await this.places.of(visit, frame);
    if (message.kind !== 'request') return this.sideMessages.handle(incoming);
    const call: Call = {
      ...incoming,
      callId: newId(),
      id: message.id,
      method: methodOf(incoming),
      target: targetOf(incoming),
      ...this.continuations.recognise(incoming),
    };
    await this.carryOut(call);
  }

  /** A call that was read, or a held one whose agent came back for the rest of its stream. */
  async carryOut(call: Call): Promise<void> {
    const flight = this.inFlight.enter(call);
    call.exchange.accept();
    call.exchange.onAnswer(() => flight.done());
    try {
      await this.#decide(call, flight);
    } catch (error) {
      // Headers that are out can't carry a refusal any more; a message can.
      if (!call.exchange.isStreaming) throw error;
      const { code, message: text } = toGatewayError(error);
      this.logger.error({ error, callId: call.callId }, 'a call failed while its agent waited');
      await this.#say(call, { code, message: text }, 200);
    } finally {
      flight.done();
    }
  }

  async #decide(call: Call, flight: InFlightCall): Promise<void> {
    if (isTaskMethod(call.method) && this.heldTasks.knows(call)) return this.heldTasks.serve(call);
    checkParamHeaders(call, await this.judge.prepare(call));
    const verdict = await this.#judge(call);
    const goesOnWith = call.continues?.state.kind;
    if (goesOnWith === 'input') return this.#continue(call, verdict, flight);
    // A wait goes on, though what is in force now may be looser: only its approval lets it through.
    const effect = goesOnWith === 'wait' && verdict.effect === 'allow' ? 'hold' : verdict.effect;
    switch (effect) {
      case 'deny':
        return this.#deny(call, verdict);
      case 'allow':
        // INVARIANT: the intent is committed before a byte leaves.
        await this.ledger.append(received(call, verdict));
        return this.#forward(call, verdict, flight, null, 0);
      case 'hold': {
        // INVARIANT: the use and the intent are committed together, before a byte leaves.
        const granted = await this.granted.use(call, (now) => received(call, now));
        if (granted) return this.#forward(call, granted, flight, null, 0);
        const settle = (end: HoldEnd) => this.#settle(call, verdict, flight, end);
        // A wait on exchanges stays one, whatever the client declares by now.
        return call.continues === undefined && this.heldTasks.takes(call, verdict)
          ? this.heldTasks.hold(call, verdict, settle)
          : this.ladder.hold(call, verdict, flight.cancelled, settle);
      }
      default:
        return effect satisfies never;
    }
  }

  /** The next round of a call whose upstream asked for input. */
  async #continue(call: Call, verdict: Verdict, flight: InFlightCall): Promise<void> {
    if (verdict.effect === 'deny') return this.#deny(call, verdict);
    const refusal = await this.continuations.proceed(call, verdict, ({ now, approval, edited }) =>
      this.#forward(
        { ...call, edited, approvedHow: approval?.stateReason },
        now,
        flight,
        approval,
        0,
      ),
    );
    if (refusal) await this.#refuse(call, refusal, 200, call.approvalId);
  }

  /** A task's state and result belong to the call that made it: no one else's, and masked as its answer. */
  async #judge(call: Call): Promise<Verdict> {
    const own = await this.judge.judgeArriving(call.frame, call);
    const origins = await this.taskOwners.originsOf(call);
    if (origins?.length === 0) return own;
    const lists = origins?.map((origin) => this.judge.judge(origin, call).masks);
    if (lists) return { ...own, masks: unionOf(own.masks, ...lists) };
    const explanation = 'There is no such task for you in this session.';
    const decision: StoredDecision = { ...own.decision, effect: 'deny', rules: [], explanation };
    return { ...own, effect: 'deny', decision };
  }

  async #deny(call: Call, verdict: Verdict): Promise<void> {
    const message = denialText(verdict, call);
    const text = refusalText(call.id, call.method, call.era, { code: verdict.refusal, message });
    await this.ledger.append({
      ...received(call, verdict),
      kind: 'call.refused',
      frames: [
        ...(received(call, verdict).frames ?? []),
        { edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false },
      ],
    });
    await call.exchange.finish(200, text);
  }

  async #settle(call: Call, verdict: Verdict, flight: InFlightCall, end: HoldEnd): Promise<void> {
    switch (end.kind) {
      case 'claimed':
        return this.#forward(
          {
            ...call,
            approvalId: end.approval.id,
            edited: end.edited,
            approvedHow: end.approval.stateReason,
          },
          end.verdict,
          flight,
          end.approval,
          end.progress,
        );
      case 'answered':
        return this.#deliverStored(call, verdict, end.approval);
      case 'refused':
        return this.#refuseHeld(call, end);
      case 'polled':
        // Not an end: the agent comes back for the rest.
        return void (await call.exchange.end(undefined, 202));
      case 'leg':
        return this.#sendBack(call, end);
      case 'gone':
        // A cancelled call's stream ends without an answer, as the protocol says.
        return void (await call.exchange.end(undefined, 202));
      default:
        return end satisfies never;
    }
  }

  async #forward(
    call: Call,
    verdict: Verdict,
    flight: InFlightCall,
    approval: ApprovalRecord | null,
    progress: number,
  ): Promise<void> {
    // A modern client cancels by leaving. A legacy one may come back for its answer, so its leaving changes nothing.
    const signal = call.era === 'modern' ? call.exchange.left : new AbortController().signal;
    if (signal.aborted || flight.cancelled.aborted) {
      const { kind, refusal } = endOf(call, failed(CANCELLED.code, CANCELLED.message));
      await this.#end(call, approval, kind, refusal);
      return void (await call.exchange.end(undefined, 202));
    }
    flight.forwarded();
    const outcome = await this.forwarder.forward(call, verdict, progress, signal);
    if (outcome.kind === 'answer') return this.#answer(call, verdict, outcome, approval);
    await this.#end(call, approval, outcome.kind, recordedIn(outcome.refusal, call));
    const told = disclosedIn(outcome.refusal, call);
    return this.#say(call, told, outcome.kind === 'failed' ? outcome.status : 200);
  }

  /** Mask → record → deliver. */
  async #answer(
    call: Call,
    verdict: Verdict,
    outcome: Extract<UpstreamOutcome, { kind: 'answer' }>,
    approval: ApprovalRecord | null,
  ): Promise<void> {
    let said: { readonly text: string; readonly bytes: Uint8Array };
    try {
      said = await this.#recordAnswer(call, verdict, outcome, approval);
    } catch (error) {
      // INVARIANT: an answer that isn't recorded is not delivered; the agent must not repeat the call.
      this.logger.error({ error, callId: call.callId }, 'an answer could not be recorded');
      await this.#end(call, approval, 'unknown', recordedIn(MAY_HAVE_RUN, call));
      return this.#say(call, disclosedIn(MAY_HAVE_RUN, call), 200);
    }
    const { eventId } = outcome;
    const { bytes } = said;
    const delivered = await call.exchange.finish(outcome.status, said.text, { eventId, bytes });
    return this.#delivered(call, approval, delivered);
  }

  async #recordAnswer(
    call: Call,
    verdict: Verdict,
    outcome: Extract<UpstreamOutcome, { kind: 'answer' }>,
    approval: ApprovalRecord | null,
  ): Promise<{ readonly text: string; readonly bytes: Uint8Array }> {
    const frameId = newId();
    const { text, record } = this.answers.present(call, verdict, outcome.frame, frameId);
    // What nothing changed goes out, and into the record, as the bytes that came.
    const bytes = text === outcome.frame.text ? outcome.frame.bytes : Buffer.from(text);
    const task = this.taskOwners.keyOf(outcome.frame);
    const answered: EntryDraft = {
      ...recordOf(call, 'call.answered'),
      data: {
        status: outcome.status,
        isError: outcome.frame.message.kind === 'error',
        ...record,
        ...(task !== undefined && { task }),
      },
      // With other arguments than were asked, it says which: exact ones are sealed wherever they are.
      frames: [{ id: frameId, edge: 'gateway-to-agent', bytes, sealed: call.edited !== undefined }],
    };
    if (approval) await this.desk.answer(approval.id, frameId, answered);
    else await this.ledger.append(answered);
    return { text, bytes };
  }

  /** The same call ran before; its answer is delivered from the record, and nothing runs again. */
  async #deliverStored(call: Call, verdict: Verdict, approval: ApprovalRecord): Promise<void> {
    const frameId = approval.answerFrameId ?? '';
    const stored = (await this.payload.texts([frameId])).get(frameId);
    const parsed = stored === undefined ? undefined : parseServerFrame(stored);
    if (parsed?.kind !== 'frame') return this.#refuse(call, STORED_ANSWER_GONE, 200, approval.id);
    // What may not be asked today is not asked from the record either.
    const refusal = call.era === 'modern' && this.asks.in(parsed.frame, call)?.refusal;
    if (refusal) return this.#refuse(call, refusal, 200, approval.id);
    // Masked when it was recorded, and again by what is masked today.
    const { text: masked } = this.presenter.present(call, verdict, parsed.frame);
    const again = parseServerFrame(masked);
    if (again.kind !== 'frame') return this.#refuse(call, STORED_ANSWER_GONE, 200, approval.id);
    const text = replaceResultId(again.frame, call.id);
    const task = this.taskOwners.keyOf(again.frame);
    await this.ledger.append({
      ...recordOf(call, 'call.answered'),
      approvalId: approval.id,
      data: { fromRecord: true, ...(task !== undefined && { task }) },
      frames: [
        { edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: approval.editId !== null },
      ],
    });
    return this.#delivered(call, approval, await call.exchange.finish(200, text));
  }

  async #delivered(call: Call, approval: ApprovalRecord | null, delivered: boolean): Promise<void> {
    if (approval && delivered) await this.desk.delivered(approval.id, recordOf(call, ''));
  }

  async #end(
    call: Call,
    approval: ApprovalRecord | null,
    to: 'failed' | 'unknown',
    refusal: Refusal,
  ): Promise<void> {
    const record = {
      ...recordOf(call, `call.${to}`),
      data: { code: refusal.code, message: refusal.message },
    };
    if (approval) {
      const settle = { approvalId: approval.id, from: ['claimed'], to, reason: refusal.message };
      return this.desk.settleSurely(settle, record, `call.${to}`);
    }
    // Unrecorded, the intent stands in the log without an end, which reads as unknown.
    await this.ledger
      .append(record)
      .catch((error: unknown) =>
        this.logger.error({ error, callId: call.callId }, 'the end of a call was not recorded'),
      );
  }

  /** Records what the agent is told instead of an answer, then tells it. */
  #refuseHeld(call: Call, end: Extract<HoldEnd, { kind: 'refused' }>): Promise<void> {
    const { refusal, approval, edited } = end;
    return this.#refuse(
      call,
      disclosedIn(refusal, { edited }),
      200,
      approval?.id,
      edited !== undefined,
    );
  }

  async #refuse(
    call: Call,
    refusal: Refusal,
    status: number,
    approvalId?: string,
    sealed = false,
  ): Promise<void> {
    const text = refusalText(call.id, call.method, call.era, refusal);
    await this.ledger.append({
      ...recordOf(call, refusal.code === 'pending' ? 'call.pending' : 'call.refused'),
      approvalId,
      data: { code: refusal.code },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed }],
    });
    await call.exchange.finish(status, text);
  }

  /** The wait goes on in the client's next request, which carries what it is given here. */
  async #sendBack(call: Call, leg: Extract<HoldEnd, { kind: 'leg' }>): Promise<void> {
    const text = inputRequiredResult(call.id, leg.requestState);
    await this.ledger.append({
      ...recordOf(call, 'call.pending'),
      approvalId: leg.approval.id,
      data: { code: 'pending', round: leg.round },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false }],
    });
    await call.exchange.finish(200, text);
  }

  async #say(call: Call, refusal: Refusal, status: number): Promise<void> {
    const isTool = call.method === 'tools/call';
    await call.exchange.finish(
      isTool && status !== 404 ? 200 : status,
      refusalText(call.id, call.method, call.era, refusal),
    );
  }
}

function received(call: Call, verdict: Verdict): EntryDraft {
  return {
    ...recordOf(call, 'call.received'),
    ...decided(verdict),
    frames: sentFrames(call),
  };
}
