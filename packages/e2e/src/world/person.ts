import { apiErrorSchema, meSchema, type Me } from '@holdpoint/contracts';
import type { Started } from '@holdpoint/testkit';
import { request, type APIRequestContext, type BrowserContextOptions } from '@playwright/test';
import type { z } from 'zod';

type StorageState = Exclude<BrowserContextOptions['storageState'], string | undefined>;

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const DOWNLOAD_MS = 120_000;

/** A person with a console session, who uses the same API as the console's pages. */
export class Person {
  readonly me: Me;
  readonly #api: APIRequestContext;
  readonly #origin: string;

  private constructor(api: APIRequestContext, origin: string, me: Me) {
    this.#api = api;
    this.#origin = origin;
    this.me = me;
  }

  /** The whole way through the identity provider, without drawing its pages. */
  static async signIn(
    origin: string,
    account: Pick<Started['people'][number], 'email' | 'password'>,
  ): Promise<Person> {
    const api = await request.newContext({ baseURL: origin });
    await passSignInPage(api, await api.get('/auth/login?return=%2Finbox'), account);
    const me = meSchema.parse(await (await api.get('/api/me')).json());
    return new Person(api, origin, me);
  }

  /** For a browser that shall be this person. */
  storageState(): Promise<StorageState> {
    return this.#api.storageState();
  }

  /** A read that may be refused. */
  async read(path: string): Promise<ApiAnswer> {
    const answer = await this.#api.get(path);
    return { status: answer.status(), body: await answer.json() };
  }

  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const answer = await this.#api.get(path);
    if (!answer.ok()) throw new Error(`GET ${path}: ${answer.status()} ${await answer.text()}`);
    return schema.parse(await answer.json());
  }

  /** A file, as the browser would save it. */
  async download(path: string): Promise<Uint8Array> {
    const answer = await this.#api.get(path, { timeout: DOWNLOAD_MS });
    if (!answer.ok()) throw new Error(`GET ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.body();
  }

  /** A write as the console's page makes it; headers can be overridden to make it something else. */
  async write(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    data: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> {
    const answer = await this.#api.fetch(path, {
      method,
      data,
      headers: { origin: this.#origin, 'x-csrf-token': this.me.csrfToken, ...headers },
    });
    const text = await answer.text();
    return { status: answer.status(), body: text === '' ? undefined : JSON.parse(text) };
  }

  async post<Schema extends z.ZodType>(
    path: string,
    data: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const { status, body } = await this.write('POST', path, data);
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
    return schema.parse(body);
  }

  leave(): Promise<void> {
    return this.#api.dispose();
  }
}

/** The stable code of a refusal, for comparing. */
export function codeOf({ body }: ApiAnswer): string {
  return apiErrorSchema.parse(body).error.code;
}

/** Fills in the identity provider's sign-in page, whatever asked for it. */
export async function passSignInPage(
  api: APIRequestContext,
  page: Awaited<ReturnType<APIRequestContext['get']>>,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<Awaited<ReturnType<APIRequestContext['post']>>> {
  const action = /<form\s+method="post"\s+action="([^"]+)"/.exec(await page.text())?.[1];
  if (action === undefined) throw new Error(`No sign-in page at ${page.url()} (${page.status()}).`);
  return api.post(new URL(action, page.url()).href, { form: { email, password } });
}
