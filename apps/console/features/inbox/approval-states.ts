import type { ApprovalState } from '@holdpoint/contracts';
import type { Tone } from '../../ui/badge.tsx';

interface StateWords {
  readonly label: string;
  readonly tone: Tone;
  /** What it means for the person who reads it. */
  readonly meaning: string;
}

export const STATE_WORDS: Readonly<Record<ApprovalState, StateWords>> = {
  held: { label: 'Held', tone: 'hold', meaning: 'It waits for a verdict. Nothing has run.' },
  approved: { label: 'Approved', tone: 'go', meaning: 'It may run once. It has not run yet.' },
  denied: { label: 'Denied', tone: 'stop', meaning: 'It did not run. The agent reads the reason.' },
  expired: { label: 'Expired', tone: 'neutral', meaning: 'Its time ran out. It did not run.' },
  withdrawn: {
    label: 'Withdrawn',
    tone: 'neutral',
    meaning: 'The agent took it back. It did not run.',
  },
  void: {
    label: 'Void',
    tone: 'stop',
    meaning:
      'What was approved no longer holds (the tool, the policy or a freeze changed). It did not run.',
  },
  claimed: { label: 'Running', tone: 'accent', meaning: 'It is on its way to the connection.' },
  answered: {
    label: 'Answered',
    tone: 'go',
    meaning: 'It ran. The agent has not fetched the answer yet.',
  },
  delivered: {
    label: 'Delivered',
    tone: 'go',
    meaning: 'It ran, and the agent has the masked answer.',
  },
  failed: {
    label: 'Failed',
    tone: 'stop',
    meaning: 'It was refused or could not be sent. The connection did not carry it out.',
  },
  unknown: {
    label: 'Outcome unknown',
    tone: 'stop',
    meaning:
      'The call may have run: it was sent, and no complete answer came back. It is never sent again by itself. Look at the connected system before anyone repeats it.',
  },
};

/** The states in which what happens next is worth watching. */
export function isOnItsWay(state: ApprovalState): boolean {
  return state === 'approved' || state === 'claimed' || state === 'answered';
}
