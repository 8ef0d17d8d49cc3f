import type { ReplayItem } from '@holdpoint/contracts';
import type { Tone } from '../../ui/badge.tsx';

/** What a reader tells apart in a replay. */
export type Family = 'frame' | 'decision' | 'wait' | 'verdict' | 'masking' | 'session' | 'other';

export const FAMILY_WORDS: Readonly<Record<Family, { one: string; many: string; tone: Tone }>> = {
  frame: { one: 'Frame', many: 'Frames', tone: 'neutral' },
  decision: { one: 'Decision', many: 'Decisions', tone: 'accent' },
  wait: { one: 'Wait', many: 'Waits', tone: 'hold' },
  verdict: { one: 'Verdict', many: 'Verdicts', tone: 'go' },
  masking: { one: 'Masking', many: 'Maskings', tone: 'untrusted' },
  session: { one: 'Session', many: 'Session', tone: 'neutral' },
  other: { one: 'Other', many: 'Others', tone: 'neutral' },
};

export function familyOf({ kind, frames }: Pick<ReplayItem, 'kind' | 'frames'>): Family {
  if (kind.includes('mask')) return 'masking';
  const [subject = ''] = kind.split('.');
  if (subject === 'verdict') return 'verdict';
  if (subject === 'approval') return 'wait';
  if (subject === 'session') return 'session';
  if (subject === 'decision' || kind === 'call.refused' || kind === 'call.decided')
    return 'decision';
  if (subject === 'call' || subject === 'answer' || frames.length > 0) return 'frame';
  return 'other';
}
