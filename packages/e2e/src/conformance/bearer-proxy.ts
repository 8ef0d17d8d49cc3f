import { createServer, request, type IncomingMessage } from 'node:http';

export interface BearerProxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The conformance suite can't sign in. This reverse proxy adds the agent's token, says the target's
 * name where the suite says the proxy's own, and passes everything else on as it comes.
 */
export async function startBearerProxy(target: string, token: string): Promise<BearerProxy> {
  const { host } = new URL(target);
  let ownHost = '';
  const server = createServer((incoming, outgoing) => {
    const headers = renamed(incoming, ownHost, host);
    const onward = request(target, {
      method: incoming.method,
      agent: false,
      setHost: false,
      headers: [...headers, 'authorization', `Bearer ${token}`],
    });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  ownHost = `127.0.0.1:${address.port}`;
  return {
    url: `http://${ownHost}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The headers as they came, in which the proxy's own name became the target's. */
function renamed({ rawHeaders }: IncomingMessage, own: string, target: string): string[] {
  return rawHeaders.map((text) =>
    text === own ? target : text === `http://${own}` ? `http://${target}` : text,
  );
}
