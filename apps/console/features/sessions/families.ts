import type { ReplayItem } from '@holdpoint/contracts';
import type { Tone } from '../../ui/badge.tsx';

/** What a reader tells apart in a replay. */
export type Family = 'frame' | 'decision' | 'wait' | 'verdict' | 'masking' | 'session' | 'other';

export const FAMILY_WORDS: Readonly<
  Record<Family, { readonly one: string; readonly many: string; readonly tone: Tone }>
> = {
  frame: { one: 'Frame', many: 'Frames', tone: 'neutral' },
  decision: { one: 'Decision', many: 'Decisions', tone: 'accent' },
  wait: { one: 'Wait', many: 'Waits', tone: 'hold' },
  verdict: { one: 'Verdict', many: 'Verdicts', tone: 'go' },
  masking: { one: 'Masking', many: 'Maskings', tone: 'untrusted' },
  session: { one: 'Session', many: 'Session', tone: 'neutral' },
  other: { one: 'Other', many: 'Others', tone: 'neutral' },
};

type Item = Pick<ReplayItem, 'kind' | 'frames' | 'entry'>;

/** What an item is, the most telling first: one entry can hold a frame, its decision and its masks. */
export function familiesOf({ kind, frames, entry }: Item): readonly [Family, ...Family[]] {
  const [subject = ''] = kind.split('.');
  if (subject === 'verdict') return ['verdict'];
  if (subject === 'session') return ['session'];
  const families = new Set<Family>();
  if (subject === 'approval' || saysItWaits(kind, entry['data'])) families.add('wait');
  if (kind === 'call.refused') families.add('decision');
  if (subject === 'call' || frames.length > 0) families.add('frame');
  if (typeof entry['effect'] === 'string') families.add('decision');
  if (hasMasks(entry['data']) || kind.includes('mask')) families.add('masking');
  const [first = 'other', ...rest] = families;
  return [first, ...rest];
}

/** A call that was sent back to wait on, and came back. */
function saysItWaits(kind: string, data: unknown): boolean {
  if (kind === 'call.pending') return true;
  if (kind !== 'call.continued' || typeof data !== 'object' || data === null) return false;
  return 'by' in data && data.by === 'waiting';
}

function hasMasks(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || !('masks' in data)) return false;
  const { masks } = data;
  return typeof masks === 'object' && masks !== null && Object.keys(masks).length > 0;
}
