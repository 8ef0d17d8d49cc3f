import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as it left the gateway. */
export interface SeenRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A wire tap before the real upstream: it changes nothing, and shows what the gateway sent. */
export interface UpstreamTap {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Keeps each answer back this long. */
  delayMs: number;
  close(): Promise<void>;
}

export async function tapUpstream(upstreamUrl: string): Promise<UpstreamTap> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      seen.push({
        method: incoming.method ?? '',
        headers: incoming.headers,
        body: body.toString('utf8'),
      });
      const onward = request(
        upstreamUrl,
        { method: incoming.method, headers: incoming.headers },
        (answer) => {
          void sleep(tap.delayMs).then(() => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            outgoing.flushHeaders();
            answer.pipe(outgoing);
          });
        },
      );
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The tap has no port.');
  const tap: UpstreamTap = {
    url: `http://127.0.0.1:${address.port}/mcp`,
    seen,
    delayMs: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return tap;
}
