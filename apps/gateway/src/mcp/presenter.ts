import {
  applyEdits,
  filterListItems,
  listItemsKey,
  markListPrivate,
  parseServerFrame,
  type Frame,
} from '@holdpoint/mcp';
import type { MaskHit } from '@holdpoint/masking';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Call } from './call.ts';
import { Judge, type Verdict } from './judge.ts';
import { Masker } from './masker.ts';
import { refusalText, type Refusal } from './refusal.ts';

/** What presenting an answer needs to know of the call it answers. */
export type AnsweredCall = Pick<
  Call,
  'id' | 'method' | 'era' | 'connection' | 'caller' | 'session'
>;

export interface Presented {
  readonly text: string;
  readonly hits: readonly MaskHit[];
  readonly withheld: boolean;
}

/**
 * An upstream's answer as its agent may see it: lists without what is denied to it, masked, and
 * withheld where the masked form would not satisfy the tool's own schema.
 */
@Injectable()
export class Presenter {
  constructor(
    private readonly judge: Judge,
    private readonly masker: Masker,
  ) {}

  present(call: AnsweredCall, verdict: Verdict, answer: Frame): Presented {
    const shown = this.#filterList(call, answer);
    const { text, hits, violatesSchema } = this.masker.mask(
      shown,
      verdict.masks,
      verdict.outputSchema,
    );
    return {
      text: violatesSchema ? refusalText(call.id, call.method, call.era, WITHHELD) : text,
      hits,
      withheld: violatesSchema,
    };
  }

  #filterList(call: AnsweredCall, frame: Frame): Frame {
    if (listItemsKey(call.method) === undefined || frame.message.kind !== 'result') return frame;
    const hidden = filterListItems(frame, (item) => this.judge.isShown(item, call.method, call));
    const edits = [...hidden, ...markListPrivate(frame)];
    if (edits.length === 0) return frame;
    const parsed = parseServerFrame(applyEdits(frame.text, edits));
    if (parsed.kind === 'unreadable')
      throw new GatewayError('internal', 'The list could not be filtered.');
    return parsed.frame;
  }
}

const WITHHELD: Refusal = {
  code: 'answer_withheld',
  message:
    'The call ran, but its answer is withheld: with its sensitive fields masked it no longer fits the tool’s output schema. Do not repeat the call.',
};
