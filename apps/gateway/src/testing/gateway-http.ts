import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createIdentityProvider, findFreePort } from '@holdpoint/testkit';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { listen } from '../platform/listen.ts';
import { Browser } from './browser.ts';
import { startGatewayContext } from './gateway-context.ts';

const PEOPLE = [
  person('riley', ['reviewers']),
  person('adrian', ['admins']),
  person('mara', ['admins']),
  person('nora', ['nobodies']),
];
export const AGENT = { clientId: 'demo-agent', clientSecret: 'agent-secret', groups: ['agents'] };

function person(name: string, groups: string[]) {
  return {
    sub: `person-${name}`,
    name,
    email: `${name}@example.com`,
    groups,
    password: `${name}-1`,
  };
}

export interface GatewayHttp {
  readonly app: NestExpressApplication;
  readonly publicUrl: string;
  readonly port: number;
  readonly issuer: string;
  /** What the console process was asked, newest last. */
  readonly consoleRequests: {
    readonly url: string;
    readonly headers: NodeJS.Dict<string | string[]>;
  }[];
  /** The provider's own database, where it is told of changed groups and of an outage. */
  readonly identityDatabase: string;
  /** A browser that went through the provider's own sign-in page. */
  signIn(name: string, returnTo?: string): Promise<Browser>;
  close(): Promise<void>;
}

/** The whole gateway on a real port, with the real provider behind it, as embedded mode runs it. */
export async function startGatewayHttp(): Promise<GatewayHttp> {
  const context = await startGatewayContext();
  const port = await findFreePort();
  const publicUrl = `http://localhost:${port}`;
  const issuer = `${publicUrl}/oidc`;
  const identityDatabase = await context.createDatabase('identity');
  const provider = await createIdentityProvider({
    publicUrl,
    instance: 'spec',
    databaseUrl: identityDatabase,
    demoConnectionUrl: `${publicUrl}/mcp/demo`,
    people: PEOPLE,
    agents: [AGENT],
    console: { clientId: 'console', clientSecret: 'console secret +&%' },
  });
  const identity = await serve((req, res) => void provider.handler(req, res));
  const consoleRequests: { url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const pages = await serve((req, res) => {
    consoleRequests.push({ url: req.url ?? '', headers: req.headers });
    res.setHeader('set-cookie', 'from-next=1').end(`page ${req.url ?? ''}`);
  });
  Object.assign(process.env, {
    HOLDPOINT_MODE: 'embedded',
    HOLDPOINT_INSTANCE: 'spec',
    HOLDPOINT_PUBLIC_URL: publicUrl,
    HOLDPOINT_PORT: String(port),
    HOLDPOINT_OIDC_ISSUER: issuer,
    HOLDPOINT_OIDC_CLIENT_SECRET: 'console secret +&%',
    HOLDPOINT_EMBEDDED_IDP_URL: identity.url,
    HOLDPOINT_CONSOLE_URL: pages.url,
  });
  const { AppModule } = await import('../app.module.ts');
  const { mountHttp } = await import('../http-app.ts');
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  await mountHttp(app);
  const server: Server = app.getHttpServer();
  await listen(server, 'loopback', port);
  return {
    app,
    publicUrl,
    port,
    issuer,
    consoleRequests,
    identityDatabase,
    signIn: (name, returnTo = '/inbox') => signIn(publicUrl, name, returnTo),
    async close() {
      await app.close();
      identity.server.close();
      pages.server.close();
      await provider.close();
      await context.close();
    },
  };
}

async function signIn(publicUrl: string, name: string, returnTo: string): Promise<Browser> {
  const browser = new Browser(publicUrl);
  const form = await browser.follow(returnTo, '/oidc/interaction/');
  const login = await browser.visit(`${form.url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ email: `${name}@example.com`, password: `${name}-1` }),
  });
  const landed = await browser.follow(login.headers.get('location') ?? '', returnTo);
  if (!landed.url.endsWith(returnTo)) throw new Error(`The sign-in ended at ${landed.url}`);
  return browser;
}

async function serve(handler: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(handler);
  const port = await findFreePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${port}` };
}
