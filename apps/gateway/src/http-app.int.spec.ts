import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGatewayHttp, type GatewayHttp } from './testing/gateway-http.ts';

interface Way {
  readonly description: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The endpoint alone says where its tokens come from. */
  readonly reaches: boolean;
}

/** Guarantee: agents' short way past the framework leads nowhere that its checks would not let through. */
describe('the two ways to the MCP endpoint', () => {
  let gateway: GatewayHttp;
  beforeAll(async () => {
    gateway = await startGatewayHttp();
  });
  afterAll(() => gateway.close(), 60_000);

  const ways: readonly Way[] = [
    {
      description: 'the own name, the short way',
      path: '/mcp/demo',
      status: 401,
      reaches: true,
    },
    {
      description: 'a name of this machine, by the framework',
      path: '/mcp/demo',
      headers: { host: 'localhost:PORT' },
      status: 401,
      reaches: true,
    },
    {
      description: 'the own name in capitals',
      path: '/mcp/demo',
      headers: { host: 'OWN' },
      status: 401,
      reaches: true,
    },
    {
      description: 'a foreign name',
      path: '/mcp/demo',
      headers: { host: 'evil.example.com' },
      status: 421,
      reaches: false,
    },
    {
      description: 'the own name with another port',
      path: '/mcp/demo',
      headers: { host: '127.0.0.1:1' },
      status: 421,
      reaches: false,
    },
    { description: 'another spelling of the path', path: '/MCP/demo', status: 401, reaches: false },
    {
      description: 'a path that only begins alike',
      path: '/mcpx/demo',
      status: 401,
      reaches: false,
    },
    {
      description: 'no connection at all',
      path: '/mcp',
      status: 401,
      reaches: true,
    },
  ];

  it.each(ways)('$description: $status', async ({ path, headers = {}, status, reaches }) => {
    const own = new URL(gateway.publicUrl).host;
    const sent = Object.fromEntries(
      Object.entries({ host: own, ...headers }).map(([name, value]) => [
        name,
        value.replace('PORT', String(gateway.port)).replace('OWN', own.toUpperCase()),
      ]),
    );
    const answer = await get(gateway.port, path, sent);
    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate'] !== undefined).toBe(reaches);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  });
});

async function get(port: number, path: string, headers: Readonly<Record<string, string>>) {
  const [answer] = (await once(
    request({ host: '127.0.0.1', port, path, headers }).end(),
    'response',
  )) as [IncomingMessage];
  answer.resume();
  return { status: answer.statusCode ?? 0, headers: answer.headers };
}
