import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { generate } from 'selfsigned';

/** Who signs in at the test's provider: it believes this cookie instead of asking for a password. */
export const SIGN_IN_AS = 'sign-in-as';

interface Outside {
  readonly url: string;
  close(): void;
}

export interface ProviderSettings {
  readonly port: number;
  readonly client: { readonly id: string; readonly secret: string };
  readonly redirectUri: string;
  /** Subject → groups. */
  readonly people: Readonly<Record<string, readonly string[]>>;
}

/**
 * An OpenID provider that knows nothing of Holdpoint: the certified implementation with its own
 * keys, its own origin and its own names for things, as a company's would be.
 */
export async function startForeignProvider(settings: ProviderSettings): Promise<Outside> {
  const url = `http://127.0.0.1:${settings.port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: settings.client.id,
        client_secret: settings.client.secret,
        redirect_uris: [settings.redirectUri],
      },
    ],
    cookies: { keys: ['only-for-this-test'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'], roles: ['roles'] },
    scopes: ['openid', 'profile', 'email', 'roles'],
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: sub,
        email: `${sub}@corp.example`,
        roles: settings.people[sub] ?? [],
      }),
    }),
    loadExistingGrant: async ({ oidc: { client, session, provider: own } }) => {
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email roles');
      await grant.save();
      return grant;
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false } },
  });
  const callback = provider.callback();
  const server = createServer((req, res) => {
    const accountId = cookie(req, SIGN_IN_AS);
    if (req.url?.startsWith('/interaction/') === true && accountId !== undefined) {
      void provider.interactionFinished(req, res, { login: { accountId } });
    } else {
      void callback(req, res);
    }
  });
  server.listen(settings.port, '127.0.0.1');
  await once(server, 'listening');
  return { url, close: () => end(server) };
}

function cookie(req: IncomingMessage, name: string): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='));
  return pairs.find(([key]) => key === name)?.[1];
}

/**
 * A proxy that ends TLS as many balancers do: upstream it uses the backend's own `Host` and says the
 * public one in `X-Forwarded-Host`, so only a gateway that trusts it knows its own name.
 */
export async function startTlsProxy(
  backendPort: number,
): Promise<Outside & { readonly certificate: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const server = createTlsServer({ key, cert }, (req, res) => {
    const forwarded = request(
      {
        host: '127.0.0.1',
        port: backendPort,
        method: req.method,
        path: req.url,
        headers: {
          ...req.headers,
          host: `127.0.0.1:${backendPort}`,
          'x-forwarded-host': req.headers.host,
          'x-forwarded-proto': 'https',
          'x-forwarded-for': req.socket.remoteAddress,
        },
      },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    forwarded.on('error', () => res.destroy());
    req.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `https://localhost:${port}`, certificate: cert, close: () => end(server) };
}

function end(server: Server | TlsServer): void {
  server.close();
  server.closeAllConnections();
}
