import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedMessage {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly origin: string;
  /** What was posted to a path, oldest first. */
  at(path: string): readonly ReceivedMessage[];
  /** What the path answers next, in turn; 200 when empty, and never at all for `dead`. */
  answer(path: string, ...next: readonly (number | 'dead')[]): void;
  close(): Promise<void>;
}

/** A receiver of webhooks that does as it is told. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedMessage[] = [];
  const answers = new Map<string, (number | 'dead')[]>();
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const path = req.url ?? '';
      received.push({ path, headers: req.headers, body });
      const [next = 200, ...rest] = answers.get(path) ?? [];
      // The last of `dead` stays: nobody comes back by chance.
      if (next !== 'dead' || rest.length > 0) answers.set(path, rest);
      if (next !== 'dead') res.writeHead(next, { location: '/elsewhere' }).end();
    });
  });
  // An idle connection that it closes just as a message comes would be one more attempt in the log.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    at: (path) => received.filter((one) => one.path === path),
    answer: (path, ...next) => void answers.set(path, [...next]),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
