import { once } from 'node:events';
import { createServer } from 'node:http';
import { findFreePort } from '@holdpoint/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface TokenIssuer {
  readonly url: string;
  /** The access token of a person's agent, for the one audience. */
  token(subject: string, groups: readonly string[], audience: string): Promise<string>;
  /** How often the signing keys were asked for. */
  keyRequests(): number;
  close(): Promise<void>;
}

/** The least of an OpenID provider: discovery, keys, and tokens signed with them. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'spec', alg: 'ES256', use: 'sig' };
  const port = await findFreePort();
  const url = `http://localhost:${port}`;
  let keyRequests = 0;
  const server = createServer((request, response) => {
    if (request.url === '/keys') keyRequests += 1;
    const body =
      request.url === '/keys'
        ? { keys: [jwk] }
        : {
            issuer: url,
            authorization_endpoint: `${url}/auth`,
            token_endpoint: `${url}/token`,
            jwks_uri: `${url}/keys`,
          };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }).listen(port, 'localhost');
  await once(server, 'listening');
  return {
    url,
    keyRequests: () => keyRequests,
    token: (subject, groups, audience) =>
      new SignJWT({ client_id: 'spec-client', groups })
        .setProtectedHeader({ alg: 'ES256', kid: 'spec', typ: 'at+jwt' })
        .setIssuer(url)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
