import { z } from 'zod';
import { argumentsNote, detailsOf, headlineOf, type Notice } from '../events/notice.ts';
import { block, line } from '../senders/plain.ts';

/** Slack refuses longer ones. */
const HEADER = 150;
const SECTION = 2900;

export const APPROVE = 'holdpoint_approve';
export const DENY = 'holdpoint_deny';
export const DENY_FORM = 'holdpoint_deny_form';
/** A link: nothing is decided by it. */
export const OPEN = 'holdpoint_open';

/** What a button stands for. It comes back signed by Slack, and is checked like a page's verdict. */
export const buttonSchema = z.object({
  approval: z.uuid(),
  step: z.number().int().min(0),
  /** Of what the message shows. */
  digest: z.string().nullable(),
});
export type SlackButton = z.infer<typeof buttonSchema>;

/** https://docs.slack.dev/messaging/formatting-message-text: `text` is not read for links and names. */
export const UNPARSED = { mrkdwn: false, parse: 'none', link_names: false } as const;

type Block = Readonly<Record<string, unknown>>;

export interface SlackForm {
  /** For notifications, where no blocks are shown. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/**
 * INVARIANT: hostile text is only ever plain text, or the text of a preformatted block: neither is
 * parsed for mentions, links, emoji or format. What is parsed (`text`) is escaped.
 */
export function slackForm(notice: Notice, withArguments: boolean): SlackForm {
  const shown = withArguments ? notice.arguments : null;
  const note = argumentsNote({ ...notice, arguments: shown });
  const details = detailsOf(notice).map(([label, text]) => `${label}: ${line(text, 300)}`);
  return {
    text: escaped(`${headlineOf(notice)}: ${line(notice.sentence)}`),
    blocks: [
      { type: 'header', text: plain(headlineOf(notice), HEADER) },
      { type: 'section', text: plain(`${line(notice.sentence)}.`) },
      ...(details.length === 0 ? [] : [{ type: 'section', text: plain(details.join('\n')) }]),
      ...(shown === null ? [] : [preformatted(block(shown.text))]),
      ...(note === null ? [] : [{ type: 'context', elements: [plain(note)] }]),
      {
        type: 'actions',
        elements: [...verdictButtons(notice, withArguments), openButton(notice.link)],
      },
    ],
  };
}

function verdictButtons({ facts, decision, sentence }: Notice, withArguments: boolean): Block[] {
  if (facts?.kind !== 'approval' || decision === null) return [];
  const digest = withArguments && isWhole(sentence) ? decision.digest : null;
  const value = JSON.stringify({ approval: facts.approvalId, step: decision.step, digest });
  const approve = {
    type: 'button',
    action_id: APPROVE,
    style: 'primary',
    text: plain('Approve'),
    value,
    confirm: {
      title: plain('Approve it?'),
      text: plain('It runs as this message shows it. A verdict is final.'),
      confirm: plain('Approve'),
      deny: plain('Cancel'),
    },
  };
  const deny = { type: 'button', action_id: DENY, style: 'danger', text: plain('Deny…'), value };
  return digest === null ? [deny] : [approve, deny];
}

/** INVARIANT: nobody approves by a sentence that is cut, and as it is written out it is longer. */
function isWhole(sentence: string): boolean {
  return [...line(sentence)].length < SECTION;
}

function openButton(url: string): Block {
  return { type: 'button', action_id: OPEN, text: plain('Open in Holdpoint'), url };
}

/** What is said to one person, and only they see. */
export function wordsFor(text: string, url: string): SlackForm {
  const words = line(text);
  return {
    text: escaped(words),
    blocks: [
      { type: 'section', text: plain(words) },
      { type: 'actions', elements: [openButton(url)] },
    ],
  };
}

/** The dialog that asks why: the agent reads it. */
export function denyForm(button: SlackButton, channelId: string): Block {
  return {
    type: 'modal',
    callback_id: DENY_FORM,
    private_metadata: JSON.stringify({ ...button, channelId }),
    title: plain('Deny the call'),
    submit: plain('Deny'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Why? The agent reads it.'),
        element: {
          type: 'plain_text_input',
          action_id: 'reason',
          multiline: true,
          min_length: 1,
          max_length: 2000,
        },
      },
    ],
  };
}

function plain(text: string, most = SECTION): Block {
  const characters = [...text];
  const cut = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
  return { type: 'plain_text', text: cut, emoji: false };
}

function preformatted(text: string): Block {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: text || ' ' }] }],
  };
}

/** https://docs.slack.dev/messaging/formatting-message-text: the three characters that begin anything. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
