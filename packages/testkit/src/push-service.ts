import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  hkdfSync,
  randomBytes,
  verify,
  type JsonWebKey,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What a browser would show of one push: decrypted, from who it was signed by. */
export interface Pushed {
  readonly headers: IncomingHttpHeaders;
  /** Claims of the VAPID token, whose signature was checked; and the key it was checked with. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signedWith: string;
  readonly message: Readonly<Record<string, unknown>>;
}

type Answer = number | 'dead' | { readonly status: number; readonly retryAfter: string };

export interface TestBrowser {
  readonly subscription: {
    readonly endpoint: string;
    readonly p256dh: string;
    readonly auth: string;
  };
  readonly pushed: readonly Pushed[];
  /** What its address answers next, in turn; 201 when empty, and for ever what follows `dead`. */
  answer(...next: readonly Answer[]): void;
}

export interface PushService {
  readonly origin: string;
  /** A browser that subscribed here, with keys of its own. */
  browser(): TestBrowser;
  close(): Promise<void>;
}

/** A push service that verifies (RFC 8292) and browsers that decrypt (RFC 8291), by node:crypto alone. */
export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, (headers: IncomingHttpHeaders, body: Buffer) => Answer>();
  const server = createServer((req, res) => {
    void buffer(req).then((body) => {
      const answer = browsers.get(req.url ?? '')?.(req.headers, body) ?? 404;
      if (answer === 'dead') return;
      const { status, retryAfter } =
        typeof answer === 'number' ? { status: answer, retryAfter: null } : answer;
      res.writeHead(status, retryAfter === null ? {} : { 'retry-after': retryAfter }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    browser() {
      const keys = createECDH('prime256v1');
      const [own, auth] = [keys.generateKeys(), randomBytes(16)];
      const pushed: Pushed[] = [];
      let answers: readonly Answer[] = [];
      const path = `/push/${randomBytes(12).toString('base64url')}`;
      browsers.set(path, (headers, body) => {
        const [next = 201, ...rest] = answers;
        if (next !== 'dead') answers = rest;
        const { claims, signedWith } = verified(String(headers.authorization), origin);
        const message: unknown = JSON.parse(decrypted(body, { keys, own, auth }));
        pushed.push({ headers, claims, signedWith, message: Object(message) as Pushed['message'] });
        return next;
      });
      return {
        subscription: {
          endpoint: origin + path,
          p256dh: own.toString('base64url'),
          auth: auth.toString('base64url'),
        },
        pushed,
        answer: (...next) => void (answers = next),
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 8292: `vapid t=<JWT>, k=<public key>`, signed with ES256 for this origin alone. */
function verified(authorization: string, origin: string) {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const [header = '', payload = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const jwk: JsonWebKey = {
    ...{ kty: 'EC', crv: 'P-256' },
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  const claims = read(payload);
  const ahead = Number(claims['exp']) - Date.now() / 1000;
  const isFine = read(header)['alg'] === 'ES256' && claims['aud'] === origin;
  if (!isSigned || !isFine || !(ahead > 0 && ahead <= 86_400)) throw new Error('not signed for us');
  return { claims, signedWith: key };
}

/** RFC 8188 and 8291: salt, record size, the sender's key, then one record. */
function decrypted(
  body: Buffer,
  { keys, own, auth }: { keys: ReturnType<typeof createECDH>; own: Buffer; auth: Buffer },
): string {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + (body[20] ?? 0));
  const record = body.subarray(21 + sender.length);
  const derive = (secret: Uint8Array, by: Uint8Array, info: Uint8Array | string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, by, info, length));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), own, sender]);
  const secret = derive(keys.computeSecret(sender), auth, info, 32);
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  return plain.subarray(0, plain.lastIndexOf(2)).toString();
}
