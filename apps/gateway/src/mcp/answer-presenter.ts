import type { Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import type { Call } from './call.ts';
import { Continuations } from './continuations.ts';
import type { Verdict } from './judge.ts';
import { Presenter } from './presenter.ts';
import { refusalText } from './refusal.ts';

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
    private readonly continuations: Continuations,
  ) {}

  /** @param frameId - under which the answer is recorded: what continues it names it */
  present(call: Call, verdict: Verdict, answer: Frame, frameId: string): PresentedAnswer {
    const asking = this.continuations.asking(call, answer);
    if (!asking) return this.#plain(call, verdict, answer);
    const { refusal, masks, record } = asking;
    if (refusal)
      return { text: refusalText(call.id, call.method, call.era, refusal), record: record ?? {} };
    const plain = this.#plain(call, { ...verdict, masks: [...verdict.masks, ...masks] }, answer);
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
