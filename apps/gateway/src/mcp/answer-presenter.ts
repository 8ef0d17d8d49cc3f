import type { Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import type { Call } from './call.ts';
import { Continuations } from './continuations.ts';
import { disclosed } from './edited-call.ts';
import type { Verdict } from './judge.ts';
import { unionOf } from './masker.ts';
import { Presenter } from './presenter.ts';
import { refusalText } from './refusal.ts';
import { UpstreamAsks } from './upstream-asks.ts';

/** What a call's agent may see of its upstream's answer, and what is recorded of how it came about. */
export interface PresentedAnswer {
  readonly text: string;
  readonly record: NonNullable<EntryDraft['data']>;
}

/** The answer to a call as its agent may see it; where it asks for input, bound to this call. */
@Injectable()
export class AnswerPresenter {
  constructor(
    private readonly presenter: Presenter,
    private readonly asks: UpstreamAsks,
    private readonly continuations: Continuations,
  ) {}

  /** @param frameId - under which the answer is recorded: what continues it names it */
  present(call: Call, verdict: Verdict, answer: Frame, frameId: string): PresentedAnswer {
    const { text, record } = this.#masked(call, verdict, answer, frameId);
    return { text: disclosed(text, call), record };
  }

  #masked(call: Call, verdict: Verdict, answer: Frame, frameId: string): PresentedAnswer {
    const asking = call.era === 'modern' ? this.asks.in(answer, call) : undefined;
    if (!asking) return this.#plain(call, verdict, answer);
    const { refusal, masks, record } = asking;
    if (refusal) return { text: refusalText(call.id, call.method, call.era, refusal), record };
    const plain = this.#plain(call, { ...verdict, masks: unionOf(verdict.masks, masks) }, answer);
    return {
      text: this.continuations.wrap(call, plain.text, frameId),
      record: { ...plain.record, ...record },
    };
  }

  #plain(call: Call, verdict: Verdict, answer: Frame): PresentedAnswer {
    const { text, record } = this.presenter.present(call, verdict, answer);
    return { text, record: { ...record } };
  }
}
