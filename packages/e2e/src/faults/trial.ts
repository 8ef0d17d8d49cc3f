import type { ToolName } from './counting-upstream.ts';

/** How a call ended for its agent. */
export type Ending =
  /** It has the upstream's answer. */
  | 'answered'
  | 'denied'
  /** It was told that the call may have run, and must not be repeated. */
  | 'told unknown'
  /** Refused before anything ran. */
  | 'refused'
  /** No answer came, and the call was not repeated: only an allowed one, which nobody collects. */
  | 'no answer';

/** One call that an agent wants to have made once, however often it has to ask for it. */
export interface Trial {
  /** In its arguments: no other call has it. */
  readonly key: string;
  readonly tool: ToolName;
  /** What its reviewer is going to say. */
  readonly verdict: 'approve' | 'deny';
  /** The agent goes away before a verdict, and comes back. */
  readonly leaves: boolean;
  /** Indexes of the kills that found it under way. */
  readonly kills: number[];
  ending: Ending | undefined;
  /** What was not as promised, seen from the agent. */
  complaint: string | undefined;
}

/** Which calls are made: every fifth is denied, every seventh agent leaves and comes back. */
export function trialNumber(number: number, batch: string, tool: ToolName): Trial {
  return {
    key: `k-${batch}-${tool}-${number}`,
    tool,
    verdict: number % 5 === 4 ? 'deny' : 'approve',
    leaves: number % 7 === 6,
    kills: [],
    ending: undefined,
    complaint: undefined,
  };
}
