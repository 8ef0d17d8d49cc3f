import type { PushSays } from '@holdpoint/contracts';
import { detailsOf, headlineOf, isAsking, type Notice } from '../events/notice.ts';
import { line } from '../senders/plain.ts';

/** Push services take 4,096 bytes once it is encrypted; every one of them takes this. */
export const MAX_BYTES = 3000;
const SENTENCE_BYTES = 900;
const DETAIL_BYTES = 700;

/**
 * What the service worker gets. It shows `Holdpoint: <headline>` itself and makes its own address of the
 * id, so nothing in here leads anywhere. INVARIANT: no arguments: a lock screen shows it to anybody.
 */
export interface PushForm {
  readonly version: 1;
  /** Of the approval; `null` leads to the inbox. */
  readonly approval: string | null;
  /** The same tag replaces what was shown of it before. */
  readonly tag: string;
  /** Ours alone: nothing that anybody else wrote. */
  readonly headline: string;
  readonly body: string;
  /** Worth another sound where one is shown already, worth one at all, or none. */
  readonly alert: 'again' | 'once' | 'silent';
}

/** Told anew, even beside what is shown of it. */
const AGAIN: ReadonlySet<string> = new Set([
  'approval.advanced',
  'approval.reminded',
  'approval.escalated',
]);

export function pushForm(notice: Notice, says: PushSays): PushForm {
  const { event, facts } = notice;
  const approval = facts?.kind === 'approval' ? facts.approvalId : null;
  const alert = AGAIN.has(event) ? 'again' : isAsking(event) || facts === null ? 'once' : 'silent';
  return {
    version: 1,
    approval,
    tag: approval ?? 'holdpoint-test',
    headline: headlineOf(notice),
    body: says === 'bare' && facts !== null ? bareBody(event) : fullBody(notice),
    alert,
  };
}

function bareBody(event: string): string {
  return isAsking(event) ? 'A call waits for your verdict.' : 'It waits for nobody any more.';
}

function fullBody(notice: Notice): string {
  const sentence = `${cut(line(notice.sentence), SENTENCE_BYTES)}.`;
  if (!isAsking(notice.event)) return sentence;
  const shown = detailsOf(notice).filter(([label]) => label === 'Why' || label === 'Needs');
  const details = shown.map(([label, text]) => `${label}: ${cut(line(text), DETAIL_BYTES)}`);
  return [sentence, ...details, 'The arguments are on the page.'].join('\n');
}

/** By what it comes to as JSON; says how much is left out. */
function cut(text: string, most: number): string {
  if (bytesOf(text) <= most) return text;
  const characters = [...text];
  let kept = 0;
  let bytes = 0;
  for (const character of characters) {
    bytes += bytesOf(character);
    if (bytes > most) break;
    kept += 1;
  }
  return `${characters.slice(0, kept).join('')}… (${characters.length - kept} more characters)`;
}

const bytesOf = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;
