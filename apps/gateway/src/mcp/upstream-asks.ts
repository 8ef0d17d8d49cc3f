import { inputAskedIn, parseServerFrame, type Frame } from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { asSentence } from '../platform/sentence.ts';
import { Judge, type CallContext, type Verdict } from './judge.ts';
import { unionOf } from './masker.ts';
import type { Refusal } from './refusal.ts';

/** What a message that asks for input means for whoever would get it. */
export interface Asking {
  /** Not `null`: what it asks for may not reach the agent, for this reason. */
  readonly refusal: Refusal | null;
  readonly masks: readonly MaskRule[];
  readonly record: NonNullable<EntryDraft['data']>;
}

/**
 * What an upstream asks its client for without a request of its own: in an answer, in the state of a
 * task, in a notification of one.
 */
@Injectable()
export class UpstreamAsks {
  constructor(private readonly judge: Judge) {}

  /**
   * INVARIANT: judged wherever it stands, each request as the method it is, under what is in force now.
   * `undefined`: the message asks for nothing.
   */
  in(frame: Frame, context: CallContext): Asking | undefined {
    const asked = inputAskedIn(frame);
    if (asked === undefined) return undefined;
    if (asked.kind === 'malformed')
      return { refusal: UNREADABLE, masks: [], record: { refused: 'malformed' } };
    const judged = asked.requests.map(({ method, frameText }) => {
      const parsed = parseServerFrame(frameText);
      const verdict =
        parsed.kind === 'frame'
          ? this.judge.judge(parsed.frame, context, 'from-upstream')
          : undefined;
      return { method, verdict };
    });
    const denied = judged.find(({ verdict }) => verdict?.effect !== 'allow');
    return {
      refusal: denied ? mayNotAsk(denied.method, denied.verdict) : null,
      // Each rule once: masking takes as long as there are rules.
      masks: unionOf(...judged.map(({ verdict }) => verdict?.masks ?? [])),
      record: {
        inputRequired: judged.map(({ method }) => method),
        ...(denied && { refused: denied.method }),
      },
    };
  }
}

function mayNotAsk(method: string, verdict: Verdict | undefined): Refusal {
  const why = asSentence(verdict?.decision.explanation ?? 'It can’t be read.');
  return {
    code: 'denied',
    message: `The upstream needs input to go on with this call (${method}), and the gateway’s policy does not let it ask: ${why} The call is not complete; what the upstream did before it asked is not known.`,
  };
}

const UNREADABLE: Refusal = {
  code: 'upstream_bad_answer',
  message:
    'The upstream asked for input in a way that can be read as two things, or for too much at once, so it is not passed on. The call may have run; do not repeat it without checking.',
};
