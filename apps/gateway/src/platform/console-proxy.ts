import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import httpProxy from 'http-proxy-3';
import type { Environment } from '../env.ts';
import type { Logger } from './logger.ts';
import { sendProblemPage } from './problem-page.ts';
import { consolePolicy } from './security-headers.ts';

const TIMEOUT_MS = 30_000;

/** All that a page of the console can depend on. No cookie, no token, no word about who asks. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'if-modified-since',
  'if-none-match',
  'next-router-prefetch',
  'next-router-segment-prefetch',
  'next-router-state-tree',
  'next-url',
  'range',
  'rsc',
  'user-agent',
]);

const POLICY = 'content-security-policy';

/**
 * Everything that isn't the gateway's own is a page of the console, a separate process behind this
 * one origin. Its pages hold no data: that comes over the API, under the session.
 */
export function createConsoleProxy(env: Environment, logger: Logger): RequestHandler {
  const { host } = new URL(env.HOLDPOINT_PUBLIC_URL);
  const proxy = httpProxy.createProxyServer({
    target: env.HOLDPOINT_CONSOLE_URL,
    agent: new Agent({ keepAlive: true }),
    proxyTimeout: TIMEOUT_MS,
  });
  const triedAgain = new WeakSet<IncomingMessage>();
  proxy.on('error', (error, req, res) => {
    if (!('writeHead' in res) || res.headersSent || res.destroyed) return void res.destroy();
    // The console may close an idle connection just as a request is written to it. Reading a page again
    // does no harm, on a connection of its own.
    if (!triedAgain.has(req)) {
      triedAgain.add(req);
      proxy.web(req, res, { agent: false });
      return;
    }
    logger.warn({ error: error.message }, 'the console did not answer');
    sendProblemPage(
      res,
      502,
      'The console isn’t answering',
      'The gateway itself runs: agents and held calls are not affected. Reload this page in a moment; if it stays like this, start the console process again.',
    );
  });
  proxy.on('proxyRes', (answer) => {
    // The gateway's own headers stand; the console process doesn't decide about security.
    for (const name of ['set-cookie', 'x-powered-by', 'keep-alive', POLICY])
      delete answer.headers[name];
  });
  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      sendProblemPage(res, 405, 'Not here', 'Pages of the console can only be read.');
      return;
    }
    const policy = consolePolicy(randomBytes(16).toString('base64'), env);
    keepHeaders(req);
    // Next reads the nonce from the policy of the *request* and puts it on its scripts.
    Object.assign(req.headers, { host, [POLICY]: policy });
    res.setHeader(POLICY, policy);
    proxy.web(req, res);
  };
}

function keepHeaders(req: IncomingMessage): void {
  for (const name of Object.keys(req.headers)) {
    if (!PASSED_ON.has(name)) delete req.headers[name];
  }
}
