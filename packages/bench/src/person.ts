import { shownBy } from '@holdpoint/approval';
import {
  apiErrorSchema,
  approvalDetailSchema,
  approvalPageSchema,
  connectionSavedSchema,
  connectorSitesSchema,
  enrolmentCreatedSchema,
  meSchema,
  type ApprovalSummary,
} from '@holdpoint/contracts';
import { BenchError } from './bench.error.ts';
import { orderOf } from './messages.ts';

const MAX_REDIRECTS = 15;
const PAGE = 1000;

interface Account {
  readonly email: string;
  readonly password: string;
}

/** Somebody with a console session: signs in through the identity provider, as a browser does. */
export class Person {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  #csrfToken = '';

  private constructor(origin: string) {
    this.#origin = origin;
  }

  static async signIn(origin: string, account: Account): Promise<Person> {
    const person = new Person(origin);
    const page = await person.#follow('/auth/login?return=%2Finbox', {});
    const action = /<form\s+method="post"\s+action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new BenchError('sign_in_failed', `No form at ${page.url}.`);
    const body = new URLSearchParams({ email: account.email, password: account.password });
    await person.#follow(new URL(action, page.url).href, { method: 'POST', body });
    const me = await person.#visit('/api/me', { headers: { accept: 'application/json' } });
    const parsed = meSchema.safeParse(await me.json());
    if (!parsed.success) {
      throw new BenchError('sign_in_failed', `${account.email} could not sign in.`);
    }
    person.#csrfToken = parsed.data.csrfToken;
    return person;
  }

  async registerConnection(input: Readonly<Record<string, unknown>>): Promise<string> {
    const answer = await this.#post('/api/connections', input);
    return connectionSavedSchema.parse(answer).connection.endpoint;
  }

  /** A token with which one connector enrols for a site. */
  async inviteConnector(site: string): Promise<string> {
    return enrolmentCreatedSchema.parse(await this.#post('/api/connectors/enrolments', { site }))
      .token;
  }

  /** Whether a connector of the site is linked. */
  async hasConnector(site: string): Promise<boolean> {
    const answer = await this.#visit('/api/connectors', {});
    const { items } = connectorSitesSchema.parse(await answer.json());
    return items.some(
      ({ name, connectors }) =>
        name === site && connectors.some(({ state }) => state === 'connected'),
    );
  }

  /** Ids of everything that waits, by the order its statement names. */
  async waiting(): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await this.#visit(`/api/approvals?state=pending&limit=${PAGE}${query}`, {});
      const page = approvalPageSchema.parse(await answer.json());
      for (const item of page.items) note(found, item);
      cursor = page.next;
    }
    return found;
  }

  async approve(id: string): Promise<void> {
    const answer = await this.#visit(`/api/approvals/${id}`, {});
    const shown = await shownBy(approvalDetailSchema.parse(await answer.json()));
    await this.#post(`/api/approvals/${id}/verdict`, { verdict: 'approve', step: 0, shown });
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const answer = await this.#visit(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        origin: this.#origin,
        'x-csrf-token': this.#csrfToken,
      },
    });
    const said: unknown = await answer.json();
    if (answer.ok) return said;
    const refusal = apiErrorSchema.safeParse(said).data?.error;
    throw new BenchError('wrong_answer', `POST ${path}: ${refusal?.message ?? answer.status}`);
  }

  async #visit(address: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const url = new URL(address, this.#origin);
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const isOver = attributes.some((each) => /expires=thu, 01 jan 1970/i.test(each));
      if (isOver || value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  async #follow(address: string, first: RequestInit): Promise<{ url: string; text: string }> {
    let url = new URL(address, this.#origin).href;
    let init: RequestInit = first;
    for (let hops = 0; hops < MAX_REDIRECTS; hops += 1) {
      const answer = await this.#visit(url, { headers: { accept: 'text/html' }, ...init });
      const location = answer.headers.get('location');
      if (location === null) return { url, text: await answer.text() };
      await answer.body?.cancel();
      url = new URL(location, url).href;
      init = {};
    }
    throw new BenchError('sign_in_failed', `Too many redirects, the last one to ${url}.`);
  }
}

function note(found: Map<number, string>, { id, preview }: ApprovalSummary): void {
  const order = orderOf(preview);
  if (order !== undefined) found.set(order, id);
}
