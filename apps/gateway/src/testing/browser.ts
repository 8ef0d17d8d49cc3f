import { meSchema } from '@holdpoint/contracts';

/** A browser just good enough for a sign-in: cookies by host, redirects by hand. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  async visit(address: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    const url = new URL(address, this.origin);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const isOver = attributes.some((each) => /expires=thu, 01 jan 1970/i.test(each));
      if (isOver || value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects until a page, or until one leads to `stopAt`. */
  async follow(address: string, stopAt?: string): Promise<{ url: string; response: Response }> {
    let url = new URL(address, this.origin).href;
    for (let hops = 0; hops < 15; hops += 1) {
      const response = await this.visit(url);
      const location = response.headers.get('location');
      if (location === null) return { url, response };
      url = new URL(location, url).href;
      if (stopAt !== undefined && url.includes(stopAt)) return { url, response };
    }
    throw new Error(`Too many redirects, the last one to ${url}`);
  }

  /** A write as the console's own page makes it. */
  async send(method: 'POST' | 'PUT' | 'DELETE', path: string, body: object): Promise<Response> {
    const me = await this.visit('/api/me', { headers: { accept: 'application/json' } });
    const { csrfToken } = meSchema.parse(await me.json());
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      origin: this.origin,
      'x-csrf-token': csrfToken,
    };
    return this.visit(path, { method, headers, body: JSON.stringify(body) });
  }

  cookie(prefix: string): string | undefined {
    return [...this.#cookies].find(([name]) => name.startsWith(prefix))?.[1];
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }
}
