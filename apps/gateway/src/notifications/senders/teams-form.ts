import { argumentsNote, detailsOf, headlineOf, type Notice } from '../events/notice.ts';
import { block, line } from './plain.ts';

type Part = Readonly<Record<string, unknown>>;

/**
 * An Adaptive Card for a Teams workflow ("post a card when a webhook request is received").
 * INVARIANT: hostile text stands only in text runs. Unlike text blocks and facts they know no Markdown,
 * and mentions exist only where a card lists them, which this one never does.
 */
export function teamsForm(notice: Notice, withArguments: boolean): Part {
  const shown = withArguments ? notice.arguments : null;
  const note = argumentsNote({ ...notice, arguments: shown });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: headlineOf(notice),
          body: [
            runs({ text: headlineOf(notice), size: 'large', weight: 'bolder' }),
            runs({ text: `${line(notice.sentence)}.` }),
            ...detailsOf(notice).map(([label, text]) =>
              runs({ text: `${label}: `, weight: 'bolder' }, { text: line(text, 300) }),
            ),
            ...(shown === null
              ? []
              : [
                  runs({ text: 'Arguments, as an agent wrote them:', isSubtle: true }),
                  runs({ text: block(shown.text), fontType: 'monospace' }),
                ]),
            ...(note === null ? [] : [runs({ text: note, isSubtle: true })]),
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Open in Holdpoint', url: notice.link }],
        },
      },
    ],
  };
}

function runs(...inlines: readonly (Part & { readonly text: string })[]): Part {
  return {
    type: 'RichTextBlock',
    inlines: inlines.map((run) => ({ type: 'TextRun', ...run })),
  };
}
