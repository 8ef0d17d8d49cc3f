import {
  applyEdits,
  noteInAnswer,
  parseServerFrame,
  quoteJson,
  type AnswerNote,
} from '@holdpoint/mcp';
import type { EditedRun } from '../approvals/held-edits.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { asSentence } from '../platform/sentence.ts';
import { recordOf, type Call } from './call.ts';
import type { Refusal } from './refusal.ts';

/** The intent of a claim; where reviewers changed the arguments, with the frame that goes upstream. */
export function forwardedRecord(call: Call, edited: EditedRun | undefined): EntryDraft {
  return { ...recordOf(call, 'call.forwarded'), ...editedPart(edited) };
}

/** What the record of something that goes upstream says where it isn't what the agent sent. */
export function editedPart(edited: EditedRun | undefined): Pick<EntryDraft, 'data' | 'frames'> {
  if (edited === undefined) return {};
  const { number, frame, digest, askedDigest } = edited;
  return {
    data: { edit: number, askedDigest, paramsDigest: digest },
    frames: [{ edge: 'gateway-to-upstream', bytes: frame.bytes, sealed: true }],
  };
}

type Disclosing = Pick<Call, 'edited' | 'approvedHow'>;

/**
 * INVARIANT: an agent whose call ran with other arguments is told so, and with which, whatever came of
 * it; and so is one whose call was approved past its chain, or in somebody's place. Added after the
 * masks: they are about what an upstream says.
 */
export function disclosed(text: string, call: Disclosing): string {
  return notesOf(call).reduce((told, note) => {
    const answer = parseServerFrame(told);
    return answer.kind === 'frame' ? applyEdits(told, noteInAnswer(answer.frame, note)) : told;
  }, text);
}

export function disclosedIn(refusal: Refusal, call: Disclosing): Refusal {
  // It has not run, or nobody knows.
  const notes = notesOf(call, 'It was to run with');
  if (notes.length === 0) return refusal;
  return { ...refusal, message: [refusal.message, ...notes.map(({ text }) => text)].join(' ') };
}

/**
 * What the log and the approval say of it.
 * INVARIANT: never what the call ran with. Entries and reasons are plain and stay; that is sealed.
 */
export function recordedIn(refusal: Refusal, { approvedHow }: Disclosing): Refusal {
  return disclosedIn(refusal, { approvedHow });
}

function notesOf({ edited, approvedHow }: Disclosing, ran = 'It ran with'): readonly AnswerNote[] {
  return [
    ...(edited === undefined ? [] : [noteOf(edited, ran)]),
    ...(approvedHow ? [howNote(approvedHow)] : []),
  ];
}

function howNote(how: string): AnswerNote {
  const text = `Note of the gateway: ${asSentence(how)}`;
  return { text, key: 'holdpoint/approved', value: quoteJson(how) };
}

function noteOf({ note, argumentsText }: EditedRun, ran: string): AnswerNote {
  const why = note === null ? '' : ` ${asSentence(note)}`;
  return {
    text: `Note of the gateway: a reviewer changed the arguments of this call before it was approved.${why} ${ran}: ${argumentsText}`,
    key: 'holdpoint/edited',
    value: `{"arguments":${argumentsText}${note === null ? '' : `,"note":${quoteJson(note)}`}}`,
  };
}
