import type { ReplayItem } from '@holdpoint/contracts';
import { member } from '@holdpoint/mcp';
import { readJson } from '../../lib/json-lines.ts';

/** What left with other arguments than were asked, as the log says it of the frame. */
function isEdited({ kind, entry: { data } }: ReplayItem): boolean {
  return (
    kind === 'call.forwarded' && typeof data === 'object' && data !== null && 'askedDigest' in data
  );
}

/** The arguments that a changed call was asked with; `null` where they are not there to be read. */
export function askedArguments(item: ReplayItem, all: readonly ReplayItem[]): string | null {
  if (!isEdited(item)) return null;
  const received = all.find(
    ({ kind, callId }) => kind === 'call.received' && callId === item.callId,
  );
  return received === undefined ? null : argumentsIn(received, 'agent-to-gateway');
}

export function sentArguments(item: ReplayItem): string | null {
  return argumentsIn(item, 'gateway-to-upstream');
}

function argumentsIn({ frames }: ReplayItem, at: ReplayItem['frames'][number]['edge']) {
  const text = frames.find(({ edge }) => edge === at)?.text ?? null;
  if (text === null) return null;
  const found = member(member(readJson(text) ?? undefined, 'params'), 'arguments');
  return found === undefined ? null : text.slice(found.start, found.end);
}
