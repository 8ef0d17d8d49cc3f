import type { ServerResponse } from 'node:http';
import { html } from './html.ts';

/** A page for when the console itself can't answer: no script, no style, nothing to load. */
export function sendProblemPage(
  res: ServerResponse,
  status: number,
  title: string,
  text: string,
): void {
  res
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    })
    .end(
      `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
        `<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">` +
        `<title>${html(title)} · Holdpoint</title></head>` +
        `<body><main><h1>${html(title)}</h1><p>${html(text)}</p></main></body></html>`,
    );
}
