import type { PushSays } from '@holdpoint/contracts';
import { html } from '../../platform/html.ts';
import { detailsOf, headlineOf, isAsking, type Notice } from '../events/notice.ts';
import type { PushForm } from '../push/push-form.ts';
import { line } from '../senders/plain.ts';
import type { MailForm } from '../senders/mail-form.ts';

/** Listed one by one; the others are counted. */
const IN_MAIL = 20;
const IN_PUSH = 5;

const FOOT =
  'You are told of these together, as you chose under Account. Opening a page decides nothing: it asks you, signed in.';

/** Several in one mail, each with its link, all of them ours. */
export function digestMail(notices: readonly Notice[], inbox: string): MailForm {
  const headline = summaryOf(notices);
  const items = notices.slice(0, IN_MAIL).map((notice) => ({
    what: headlineOf(notice),
    sentence: line(notice.sentence),
    why: detailsOf(notice)
      .filter(([label]) => isAsking(notice.event) && label === 'Why')
      .map(([, text]) => line(text, 300)),
    link: notice.link,
  }));
  const more = notices.length - items.length;
  const rest =
    more > 0
      ? `And ${more} more. All that waits for you: ${inbox}`
      : `All that waits for you: ${inbox}`;
  return {
    subject: `[Holdpoint] ${headline}`,
    text: [
      `${headline}.`,
      ...items.map(({ what, sentence, why, link }, index) =>
        [
          `${index + 1}. ${what}: ${sentence}.`,
          ...why.map((text) => `   Why: ${text}`),
          `   Open it: ${link}`,
        ].join('\n'),
      ),
      rest,
      FOOT,
    ].join('\n\n'),
    html: [
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${html(headline)}</title></head>`,
      '<body style="margin:0;padding:16px;font-family:system-ui,-apple-system,Segoe UI,sans-serif;line-height:1.5">',
      `<h1 style="font-size:18px;margin:0 0 8px">${html(headline)}</h1><ol style="margin:0 0 16px;padding-left:24px">`,
      ...items.map(
        ({ what, sentence, why, link }) =>
          `<li style="margin:0 0 12px"><b>${html(what)}</b>: ${html(sentence)}.<br>${why.map((text) => `Why: ${html(text)}<br>`).join('')}<a href="${html(link)}">Open it in Holdpoint</a></li>`,
      ),
      `</ol><p style="margin:0 0 16px">${more > 0 ? `And ${more} more. ` : ''}<a href="${html(inbox)}">All that waits for you</a></p>`,
      `<p style="margin:0;color:#4b5563;font-size:13px">${html(FOOT)}</p></body></html>`,
    ].join('\n'),
  };
}

/** The same for a browser, within what push services take. */
export function digestPush(notices: readonly Notice[], says: PushSays): PushForm {
  const shown = says === 'bare' ? [] : notices.slice(0, IN_PUSH);
  const more = notices.length - shown.length;
  return {
    ...{ version: 1, approval: null, tag: 'holdpoint-digest', alert: 'again' },
    headline: summaryOf(notices),
    body: [
      ...shown.map(
        (notice) =>
          `${isAsking(notice.event) ? '' : `${headlineOf(notice)}: `}${short(line(notice.sentence))}`,
      ),
      ...(more > 0 && shown.length > 0 ? [`and ${more} more`] : []),
    ].join('\n'),
  };
}

const MOST_CHARACTERS = 120;

function short(text: string): string {
  const characters = [...text];
  const missing = characters.length - MOST_CHARACTERS;
  if (missing <= 0) return text;
  return `${characters.slice(0, MOST_CHARACTERS).join('')}… (${missing} more characters)`;
}

function summaryOf(notices: readonly Notice[]): string {
  const waiting = notices.filter(({ event }) => isAsking(event)).length;
  const over = notices.length - waiting;
  const waits = waiting === 1 ? '1 call waits for you' : `${waiting} calls wait for you`;
  const settled = over === 1 ? '1 is settled' : `${over} are settled`;
  return over === 0
    ? waits
    : waiting === 0
      ? `Of your calls ${settled}`
      : `${waits}, and ${settled}`;
}
