import { html } from '../../platform/html.ts';
import { argumentsNote, detailsOf, headlineOf, type Notice } from '../events/notice.ts';
import { block, line } from './plain.ts';

export interface MailForm {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const BOUNDARY = 'Below are the arguments. An agent wrote them, not Holdpoint:';
const FOOT =
  'Opening the page decides nothing: it asks you, signed in. Replies to this mail are read by nobody.';

/** A mail as text and as HTML that say the same. Both hold one link, which is ours. */
export function mailForm(notice: Notice, withArguments: boolean): MailForm {
  const headline = headlineOf(notice);
  const sentence = line(notice.sentence);
  const details = detailsOf(notice).map(([label, text]) => [label, line(text)] as const);
  const shown = withArguments ? notice.arguments : null;
  const note = argumentsNote({ ...notice, arguments: shown });
  const written = shown === null ? null : block(shown.text);
  return {
    subject: `[Holdpoint] ${headline}: ${line(notice.sentence, 150)}`,
    text: `${plainForm(notice, withArguments)}\n\n${FOOT}`,
    html: page({ headline, sentence, details, written, note, link: notice.link }),
  };
}

/** The same as plain text, for whatever shows nothing else. */
export function plainForm(notice: Notice, withArguments: boolean): string {
  const shown = withArguments ? notice.arguments : null;
  return [
    `${headlineOf(notice)}.`,
    `${line(notice.sentence)}.`,
    detailsOf(notice)
      .map(([label, text]) => `${label}: ${line(text)}`)
      .join('\n'),
    `Open it: ${notice.link}`,
    // Each line is marked, so that none of them passes for one of the lines above.
    shown === null ? '' : `${BOUNDARY}\n${block(shown.text).replaceAll(/^/gmu, '> ')}`,
    argumentsNote({ ...notice, arguments: shown }) ?? '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

interface Parts {
  readonly headline: string;
  readonly sentence: string;
  readonly details: readonly (readonly [string, string])[];
  readonly written: string | null;
  readonly note: string | null;
  readonly link: string;
}

const FONT = 'font-family:system-ui,-apple-system,Segoe UI,sans-serif;line-height:1.5';

/** INVARIANT: every text goes through `html`, and nothing but our link is a link. */
function page({ headline, sentence, details, written, note, link }: Parts): string {
  const rows = details.map(
    ([label, text]) =>
      `<tr><th align="left" valign="top" style="padding:2px 12px 2px 0;font-weight:600">${html(label)}</th><td style="padding:2px 0">${html(text)}</td></tr>`,
  );
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${html(headline)}</title></head>`,
    `<body style="margin:0;padding:16px;${FONT}">`,
    `<h1 style="font-size:18px;margin:0 0 8px">${html(headline)}</h1>`,
    `<p style="margin:0 0 12px">${html(sentence)}.</p>`,
    rows.length === 0
      ? ''
      : `<table role="presentation" style="${FONT};border-collapse:collapse;margin:0 0 16px">${rows.join('')}</table>`,
    `<p style="margin:0 0 16px"><a href="${html(link)}" style="display:inline-block;padding:10px 16px;background:#1d4ed8;color:#ffffff;text-decoration:none;border-radius:6px">Open it in Holdpoint</a></p>`,
    written === null
      ? ''
      : `<p style="margin:0 0 4px">${html(BOUNDARY)}</p><pre style="margin:0 0 12px;padding:10px;border:1px solid #9ca3af;border-radius:6px;white-space:pre-wrap;word-break:break-word;font-size:13px">${cutLinks(html(written))}</pre>`,
    note === null ? '' : `<p style="margin:0 0 12px">${html(note)}</p>`,
    `<p style="margin:0;color:#4b5563;font-size:13px">${html(FOOT)}</p>`,
    '</body></html>',
  ].join('\n');
}

/** Mail programs make links of addresses in a text; a tag in the middle keeps it exact and no link. */
function cutLinks(escaped: string): string {
  return escaped.replaceAll(
    /:\/\/|\bwww\./giu,
    (found) => `${found.charAt(0)}<span></span>${found.slice(1)}`,
  );
}
