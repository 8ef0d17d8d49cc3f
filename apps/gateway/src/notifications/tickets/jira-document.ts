import { argumentsNote, detailsOf, headlineOf } from '../events/notice.ts';
import { block, line } from '../senders/plain.ts';
import type { JiraConfig } from '@holdpoint/contracts';
import type { TicketContent, TicketRemark } from './ticket-system.ts';

type Node = Readonly<Record<string, unknown>>;

/** https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
export interface JiraDocument {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly Node[];
}

/** Jira takes 255 characters and one line. */
const SUMMARY = 220;
/** A chain with more to say says it on the page. */
const DETAILS = 30;
const BOUNDARY = 'The arguments. An agent wrote them, not Holdpoint:';

export function jiraSummary({ notice }: Pick<TicketContent, 'notice'>): string {
  return line(`${headlineOf(notice)}: ${notice.sentence}`, SUMMARY - 30);
}

/**
 * What a ticket says.
 * INVARIANT: hostile text is only ever the text of a text node or of a code block. Neither is parsed:
 * no wiki markup, no mention, no link. The one link is ours.
 */
export function jiraDescription(
  { notice, decides }: TicketContent,
  { verdicts, withArguments }: Pick<JiraConfig, 'verdicts' | 'withArguments'>,
): JiraDocument {
  const shown = withArguments ? notice.arguments : null;
  const note = argumentsNote({ ...notice, arguments: shown });
  return documentOf([
    paragraph(strong(`${line(notice.sentence)}.`)),
    ...details({ notice }),
    ...(shown === null ? [] : [paragraph(text(BOUNDARY)), code(block(shown.text))]),
    ...(note === null ? [] : [paragraph(text(note))]),
    ...howTo(decides, verdicts).map((words) => paragraph(text(words))),
    link(notice.link),
  ]);
}

export function jiraComment({ notice, words }: TicketRemark): JiraDocument {
  return documentOf([
    paragraph(strong(`${headlineOf(notice)}.`)),
    ...(words === null ? details({ notice }) : [paragraph(text(words))]),
    link(notice.link),
  ]);
}

/** A remark of our own, such as why a move was taken for no verdict. */
export function jiraRemark(words: string, url: string): JiraDocument {
  return documentOf([paragraph(text(line(words, 2000))), link(url)]);
}

function howTo(decides: TicketContent['decides'], verdicts: JiraConfig['verdicts']): string[] {
  if (decides === 'nothing' || verdicts === null) return [];
  const [approved, denied] = [`“${line(verdicts.approved)}”`, `“${line(verdicts.denied)}”`];
  const counts =
    'It counts for people who tied their Jira account to themselves, signed in to Holdpoint. Your newest comment here becomes the reason of a denial, which the agent reads.';
  return decides === 'both'
    ? [`To decide here, move the ticket to ${approved} or ${denied}. ${counts}`]
    : [
        `Approve in Holdpoint: this ticket doesn’t show all that would run, or a passkey is demanded, so moving it to ${approved} approves nothing.`,
        `To deny here, move the ticket to ${denied}. ${counts}`,
      ];
}

function details({ notice }: Pick<TicketContent, 'notice'>): Node[] {
  const lines = detailsOf(notice);
  const left = lines.length - DETAILS;
  return [
    ...lines
      .slice(0, DETAILS)
      .map(([label, value]) => paragraph(strong(`${label}: `), text(line(value, 300)))),
    ...(left > 0 ? [paragraph(text(`${left} more lines are on the page.`))] : []),
  ];
}

function documentOf(content: readonly Node[]): JiraDocument {
  return { type: 'doc', version: 1, content };
}

function paragraph(...content: readonly Node[]): Node {
  return { type: 'paragraph', content };
}

/** A text node is never empty. */
function text(value: string): Node {
  return { type: 'text', text: value === '' ? ' ' : value };
}

function strong(value: string): Node {
  return { ...text(value), marks: [{ type: 'strong' }] };
}

function code(value: string): Node {
  return { type: 'codeBlock', attrs: {}, content: [text(value)] };
}

function link(href: string): Node {
  const marks = [{ type: 'link', attrs: { href } }];
  return paragraph({ type: 'text', text: 'Open in Holdpoint', marks });
}
