import {
  applyEdits,
  filterListItems,
  listItemsKey,
  markListPrivate,
  parseServerFrame,
  type Frame,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Call } from './call.ts';
import { Judge, type Verdict } from './judge.ts';
import { Masker, type WithheldFor } from './masker.ts';
import { refusalText } from './refusal.ts';

/** What presenting an answer needs to know of the call it answers. */
export type AnsweredCall = Pick<
  Call,
  'id' | 'method' | 'era' | 'connection' | 'caller' | 'session'
>;

export interface Presented {
  readonly text: string;
  /** For the entry of the answer: where masks reached, and how many values they took out. */
  readonly record: {
    readonly withheld: WithheldFor | null;
    readonly masks: readonly Readonly<Record<'path' | 'by' | 'as', string>>[];
    readonly maskCount: number;
  };
}

/**
 * An upstream's answer as its agent may see it: lists without what is denied to it, masked, and
 * withheld where the masked form would not satisfy the tool's own schema or there is too much to mask.
 */
@Injectable()
export class Presenter {
  constructor(
    private readonly judge: Judge,
    private readonly masker: Masker,
  ) {}

  present(call: AnsweredCall, verdict: Verdict, answer: Frame): Presented {
    const shown = this.#filterList(call, answer);
    const { text, hits, hitCount, withheld } = this.masker.mask(
      shown,
      verdict.masks,
      verdict.outputSchema,
    );
    return {
      text:
        withheld === null
          ? text
          : refusalText(call.id, call.method, call.era, {
              code: 'answer_withheld',
              message: WITHHELD[withheld],
            }),
      record: {
        withheld,
        masks: hits.map(({ path, by, as }) => ({ path, by, as })),
        maskCount: hitCount,
      },
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

const WITHHELD: Readonly<Record<WithheldFor, string>> = {
  schema:
    'The call ran, but its answer is withheld: with its sensitive fields masked it no longer fits the tool’s output schema. Do not repeat the call.',
  budget:
    'The call ran, but its answer is withheld: it has too many values to mask, or is too long with them masked. Do not repeat the call as it is; to read, narrow the query: fewer rows, or without the sensitive columns.',
};
