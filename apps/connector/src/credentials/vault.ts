import { readFileSync } from 'node:fs';
import { Agent, ProxyAgent, request } from 'undici';
import { getProxyForUrl } from 'proxy-from-env';
import { z } from 'zod';
import { readAuthority } from '../config/authority.ts';
import type { Reference, Value, VaultConfig } from '../config/config.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** A login is renewed by a new one, before it ends. */
const EARLY = 0.8;

const loginSchema = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number().min(0) }),
});
const secretSchema = z.object({ data: z.record(z.string(), z.unknown()) });
const nested = z.object({ data: z.record(z.string(), z.unknown()), metadata: z.unknown() });

/** The HTTP API of Vault: KV version 1 and 2; login by token, AppRole or Kubernetes. */
export class VaultClient {
  readonly #config: VaultConfig;
  readonly #resolve: (value: Value) => Promise<string>;
  readonly #secret: (text: string) => void;
  readonly #dispatcher: Agent | ProxyAgent;
  #login: { readonly token: string; readonly until: number } | undefined;

  constructor(
    config: VaultConfig,
    with_: {
      readonly proxy: string | undefined;
      readonly resolve: (value: Value) => Promise<string>;
      /** Told every token, so that none gets into a log. */
      readonly secret: (text: string) => void;
    },
  ) {
    this.#config = config;
    this.#resolve = with_.resolve;
    this.#secret = with_.secret;
    const ca = config.ca === undefined ? {} : { ca: readAuthority(config.ca, 'vault.ca') };
    const proxy = with_.proxy === 'none' ? '' : (with_.proxy ?? getProxyForUrl(config.address));
    this.#dispatcher =
      proxy === '' ? new Agent({ connect: ca }) : new ProxyAgent({ uri: proxy, requestTls: ca });
  }

  /** @throws Error that names path and status, never a value */
  async read({ path, field }: NonNullable<Reference['vault']>): Promise<string> {
    const answer = await this.#get(path, await this.#token());
    // A token may have been revoked before its time.
    const retried = answer.status === 403 && this.#login !== undefined;
    const final = retried ? await this.#get(path, await this.#again()) : answer;
    if (final.status !== 200) {
      throw new Error(`Vault answered HTTP ${final.status} for ${path}${hint(final.status)}`);
    }
    const { data } = secretSchema.parse(final.json);
    // KV v2 wraps the secret's own members once more.
    const v2 = nested.safeParse(data);
    const value = (v2.success ? v2.data.data : data)[field];
    if (typeof value !== 'string') throw new Error(`Vault has no text ${field} at ${path}`);
    return value;
  }

  close(): void {
    void this.#dispatcher.destroy();
  }

  #get(path: string, token: string) {
    return this.#call('GET', path, { 'x-vault-token': token });
  }

  #again(): Promise<string> {
    this.#login = undefined;
    return this.#token();
  }

  async #token(): Promise<string> {
    const { auth } = this.#config;
    if ('token' in auth) return this.#resolve(auth.token);
    if (this.#login !== undefined && this.#login.until > performance.now()) {
      return this.#login.token;
    }
    const [mount, body] = await this.#loginBody(auth);
    const answer = await this.#call('POST', `auth/${mount}/login`, {}, body);
    if (answer.status !== 200) {
      throw new Error(`Vault answered HTTP ${answer.status} to the login at auth/${mount}`);
    }
    const { client_token: token, lease_duration: seconds } = loginSchema.parse(answer.json).auth;
    this.#secret(token);
    // 0 is a token that doesn't end.
    const lastsMs = seconds === 0 ? Infinity : seconds * 1000 * EARLY;
    this.#login = { token, until: performance.now() + lastsMs };
    return token;
  }

  async #loginBody(
    auth: Exclude<VaultConfig['auth'], { token: unknown }>,
  ): Promise<[mount: string, body: object]> {
    if ('kubernetes' in auth) {
      const { role, mount, tokenFile } = auth.kubernetes;
      // Kubernetes rotates it: it is read at each login.
      return [mount, { role, jwt: readFileSync(tokenFile, 'utf8').trim() }];
    }
    const { roleId, secretId, mount } = auth.appRole;
    const [role_id, secret_id] = [await this.#resolve(roleId), await this.#resolve(secretId)];
    return [mount, { role_id, secret_id }];
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<{ status: number; json: unknown }> {
    const { address, namespace } = this.#config;
    const url = `${address.replace(/\/+$/, '')}/v1/${path.replace(/^\/+/, '')}`;
    const answer = await request(url, {
      method,
      headers: {
        ...headers,
        'x-vault-request': 'true',
        ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher: this.#dispatcher,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    return { status: answer.statusCode, json: await readJson(answer.body) };
  }
}

async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error('Vault’s answer is too long');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // Only the status says something then.
    return undefined;
  }
}

function hint(status: number): string {
  if (status === 403) return ': the login may not read it';
  if (status === 404) return ': nothing is there (KV v2 has "data" behind the mount’s name)';
  return '';
}
