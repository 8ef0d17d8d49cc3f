import { describe, expect, it } from '@jest/globals';
import { parseEnvironment } from '../env.ts';
import { judgeHost } from './host-check.ts';

function environment(publicUrl: string, mode: 'embedded' | 'production') {
  return parseEnvironment({
    HOLDPOINT_MODE: mode,
    HOLDPOINT_PUBLIC_URL: publicUrl,
    DATABASE_URL: 'postgres://localhost/x',
    HOLDPOINT_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    HOLDPOINT_OIDC_ISSUER: 'https://id.example',
    HOLDPOINT_OIDC_CLIENT_ID: 'x',
    HOLDPOINT_OIDC_CLIENT_SECRET: 'x',
    HOLDPOINT_CONSOLE_URL: 'http://127.0.0.1:1',
  });
}

const embedded = environment('http://localhost:4600', 'embedded');
const production = environment('https://holdpoint.example', 'production');

// Guarantee: DNS rebinding. A name that an attacker points at this address is not ours.
describe('the host of a request', () => {
  it.each([
    ['the public name', embedded, 'localhost:4600', 'GET', '/inbox', 'accepted'],
    ['in capitals', embedded, 'LOCALHOST:4600', 'GET', '/inbox', 'accepted'],
    ['the other loopback, as a page', embedded, '127.0.0.1:4600', 'GET', '/inbox', 'moved'],
    ['the IPv6 loopback, as a page', embedded, '[::1]:4600', 'GET', '/', 'moved'],
    ['the other loopback, as a write', embedded, '127.0.0.1:4600', 'POST', '/api/x', 'refused'],
    [
      'the other loopback, as an agent',
      embedded,
      '127.0.0.1:4600',
      'POST',
      '/mcp/demo',
      'accepted',
    ],
    ['a path that only starts like it', embedded, '127.0.0.1:4600', 'POST', '/mcpx', 'refused'],
    ['another port', embedded, 'localhost:4601', 'GET', '/', 'refused'],
    ['a rebound name', embedded, 'evil.example:4600', 'GET', '/', 'refused'],
    ['a rebound name, as an agent', embedded, 'evil.example:4600', 'POST', '/mcp/demo', 'refused'],
    ['none', embedded, undefined, 'GET', '/', 'refused'],
    ['the public name in production', production, 'holdpoint.example', 'GET', '/', 'accepted'],
    ['a loopback in production', production, '127.0.0.1', 'GET', '/', 'refused'],
    ['an agent by loopback in production', production, 'localhost', 'POST', '/mcp/demo', 'refused'],
    ['a balancer that asks for health', production, '10.0.0.7:4600', 'GET', '/readyz', 'accepted'],
  ])('%s', (_description, env, host, method, path, verdict) => {
    expect(judgeHost(host, { method, path }, env)).toBe(verdict);
  });
});
