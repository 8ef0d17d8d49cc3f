import {
  filledBody,
  filledUrl,
  type RestConfig,
  type RestRequest,
  type TicketValues,
} from '@holdpoint/contracts';
import { z } from 'zod';
import type { HttpOutgoing } from '../../connections/http-outgoing.ts';
import { jsonOf } from '../../platform/json-of.ts';
import { headlineOf, type Notice } from '../events/notice.ts';
import { answerText } from '../senders/answer-text.ts';
import { attemptOf, unreachable } from '../senders/attempt.ts';
import { plainForm } from '../senders/mail-form.ts';
import { line } from '../senders/plain.ts';
import {
  told,
  type TicketContent,
  type TicketRemark,
  type TicketSystem,
  type Told,
} from './ticket-system.ts';
import type { TicketName } from './ticket.sql.ts';

const TIMEOUT_MS = 10_000;
const TITLE = 200;
const APPROVE_THERE =
  'Approve it in Holdpoint: this ticket doesn’t show all that would run, or a passkey is demanded, so moving it approves nothing.';

/** Dots alone would be the way up in an address, and no database keeps a NUL. */
const idSchema = z
  .union([z.string(), z.number().int().nonnegative().transform(String)])
  .refine((id) => /^[^\p{Cc}\p{Cs}]{1,200}$/u.test(id) && !/^\.+$/.test(id));

export interface RestSettings {
  readonly config: RestConfig;
  readonly headerValue: string | undefined;
  readonly deadline: AbortSignal;
}

/** Tickets in a system that is described by templates of its requests. */
export class RestTickets implements TicketSystem {
  constructor(
    private readonly outgoing: HttpOutgoing,
    private readonly settings: RestSettings,
  ) {}

  /** There is no general way to ask: the idempotency key keeps a second request from making another. */
  find(): Promise<Told<undefined>> {
    return Promise.resolve(told(undefined));
  }

  contentOf(): Promise<Told<null>> {
    return Promise.resolve(told(null));
  }

  check(): Promise<Told<string>> {
    return Promise.resolve(told(''));
  }

  async create({ notice, reference, decides }: TicketContent): Promise<Told<TicketName>> {
    const { config } = this.settings;
    const known = this.#valuesOf(notice);
    const text = decides === 'denial' ? `${known.text}\n\n${APPROVE_THERE}` : known.text;
    const values = { ...known, text, reference };
    const answer = await this.#send(config.create, values, reference);
    if (!answer.ok) return answer;
    const id = idSchema.safeParse(at(jsonOf(answer.value), config.ticketPointer));
    if (id.success) return told({ id: id.data, key: id.data });
    const said = `the answer has no ticket’s id at ${config.ticketPointer}`;
    return { ok: false, failed: { kind: 'refused', status: null, answer: said } };
  }

  async comment(ticket: TicketName, remark: TicketRemark): Promise<Told<string>> {
    const { comment } = this.settings.config;
    if (comment === null) return told('no request for comments is set up: nothing was sent');
    const answer = await this.#send(comment, this.#remarkOf(ticket, remark));
    return answer.ok ? told('commented') : answer;
  }

  async close(ticket: TicketName, remark: TicketRemark, status: string): Promise<Told<string>> {
    const { transition } = this.settings.config;
    if (transition !== null) {
      const values = { ...this.#remarkOf(ticket, remark), status };
      const answer = await this.#send(transition, values);
      if (!answer.ok) return answer;
    }
    const said = await this.comment(ticket, remark);
    if (!said.ok || transition === null) return said;
    return told(`${said.value}, moved as “${status}”`);
  }

  #remarkOf({ id }: TicketName, { notice, words }: TicketRemark): TicketValues {
    const values = { ...this.#valuesOf({ ...notice, arguments: null }), ticket: id };
    return words === null ? values : { ...values, text: `${words} ${notice.link}` };
  }

  #valuesOf(notice: Notice): TicketValues {
    const { decision, facts, event, severity, link } = notice;
    return {
      title: line(`${headlineOf(notice)}: ${notice.sentence}`, TITLE),
      text: plainForm(notice, this.settings.config.withArguments),
      link,
      event,
      severity,
      approval: facts?.kind === 'approval' ? facts.approvalId : '',
      step: decision === null ? '' : String(decision.step + 1),
      ...{ reference: '', ticket: '', status: '' },
    };
  }

  async #send(
    { method, url, body }: RestRequest,
    values: TicketValues,
    idempotencyKey?: string,
  ): Promise<Told<string>> {
    const { config, headerValue, deadline } = this.settings;
    const { idempotencyHeader } = config;
    try {
      const answer = await this.outgoing.request(filledUrl(url, values), {
        method,
        allowPrivate: config.allowPrivate,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(headerValue !== undefined && { [config.secretHeader]: headerValue }),
          ...(idempotencyHeader !== '' &&
            idempotencyKey !== undefined && { [idempotencyHeader]: idempotencyKey }),
        },
        body: filledBody(body, values),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), deadline]),
      });
      const text = await answerText(answer.body);
      const attempt = attemptOf(answer.statusCode, answer.headers['retry-after']);
      return attempt.kind === 'delivered' ? told(text) : { ok: false, failed: attempt };
    } catch (error) {
      return { ok: false, failed: unreachable(error) };
    }
  }
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function at(json: unknown, pointer: string): unknown {
  let node = json;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined;
    node = Reflect.get(node, name);
  }
  return node;
}
