import { isIP } from 'node:net';
import type { ChannelSecrets, EmailConfig } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { createTransport, type NodemailerError } from 'nodemailer';
import { classifyFailure } from '../../connections/outgoing-failure.ts';
import { OutgoingSockets } from '../../connections/outgoing-socket.ts';
import type { Environment } from '../../env.ts';
import { PeopleRepository } from '../../identity/people.repository.ts';
import { ENVIRONMENT } from '../../platform/tokens.ts';
import { addressRecipient, isAddress } from './address-recipient.ts';
import { unreachable, type Attempt, type Outgoing } from './attempt.ts';
import { mailForm } from './mail-form.ts';
import { digestMail } from '../telling/digest-form.ts';
import { line } from './plain.ts';

const GREETING_MS = 10_000;
const SILENCE_MS = 20_000;
/** Less than the lease of a message: while one process sends it, no other one does. */
const DEADLINE_MS = 60_000;

/** Sends mails by SMTP. At least once: a mail that is sent again has the same `Message-ID`. */
@Injectable()
export class EmailSender {
  constructor(
    private readonly sockets: OutgoingSockets,
    private readonly people: PeopleRepository,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  async send(mail: Outgoing<'email'>, deadlineMs = DEADLINE_MS): Promise<Attempt> {
    const { config, secrets, notice, together, recipient } = mail;
    const to = await this.#addresses(recipient, config);
    if (to.length === 0) return { kind: 'dropped', answer: 'nobody’s address is known' };
    try {
      const sent = await this.#transport(config, secrets).sendMail({
        from: { name: 'Holdpoint', address: config.from },
        to: to.map((address) => ({ name: '', address })),
        ...(together.length > 0
          ? digestMail(together, `${this.env.HOLDPOINT_PUBLIC_URL}/inbox?mine=yes`)
          : mailForm(notice, config.withArguments)),
        ...this.#threading(mail),
        // A server that says a little now and then is never silent. The transport is closed by it.
        signal: AbortSignal.timeout(deadlineMs),
      });
      const putOff = putOffIn(sent.rejectedErrors);
      const refused = sent.rejected.length - putOff.length;
      const some = [
        ...(refused > 0 ? [`${refused} of ${to.length} addresses were refused`] : []),
        ...(putOff.length > 0 ? [`${putOff.length} of ${to.length} were put off`] : []),
      ];
      return {
        kind: 'delivered',
        status: codeIn(sent.response),
        answer: [line(sent.response), ...some].join('; '),
        putOff: putOff.map(addressRecipient),
      };
    } catch (error) {
      return mailFailureOf(error);
    }
  }

  async #addresses(recipient: string, { to }: EmailConfig): Promise<readonly string[]> {
    if (recipient === '') return to;
    // An address that an admin has taken out meanwhile gets nothing any more.
    if (isAddress(recipient)) return to.filter((each) => addressRecipient(each) === recipient);
    const email = (await this.people.byKeys([recipient])).get(recipient)?.email;
    return email == null ? [] : [email];
  }

  /** Mails about one approval belong together, whatever program shows them. */
  #threading({ messageId, thread: one, together }: Outgoing<'email'>) {
    const thread = together.length > 0 ? `digest.${messageId}` : one;
    const { hostname } = new URL(this.env.HOLDPOINT_PUBLIC_URL);
    const about = `<${thread.replaceAll(/[^\w.-]/gu, '.')}@${hostname}>`;
    return {
      messageId: `<${messageId}@${hostname}>`,
      inReplyTo: about,
      references: about,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    };
  }

  #transport(config: EmailConfig, { password }: ChannelSecrets) {
    const { host, port, security, user, authority, allowPrivate } = config;
    return createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user !== '' && { auth: { user, pass: password ?? '' } }),
      tls: {
        ...(isIP(host) === 0 && { servername: host }),
        minVersion: 'TLSv1.2',
        ...(authority !== '' && { ca: authority }),
      },
      greetingTimeout: GREETING_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      getSocket: (_options, callback) => {
        this.sockets.open({ host, port, allowPrivate }).then(
          (connection) => callback(null, { connection }),
          (error: NodemailerError) => callback(error, false),
        );
      },
    });
  }
}

/** Servers that say "later" for one address and take the mail for another: greylists, full mailboxes. */
function putOffIn(errors: readonly NodemailerError[] = []): readonly string[] {
  return errors.flatMap(({ permanent, recipient }) =>
    permanent === false && recipient !== undefined ? [recipient] : [],
  );
}

function isMailError(error: unknown): error is NodemailerError {
  return error instanceof Error;
}

/** What a mail server answered is the log's; for what the network says there are sentences of ours. */
function mailFailureOf(error: unknown): Attempt {
  if (!isMailError(error)) return unreachable(error);
  const status = error.responseCode ?? null;
  const answer = line(error.response ?? '');
  if (error.code === 'EAUTH') {
    return { kind: 'failed', status, answer: answer || 'the sign-in was refused', isAway: true };
  }
  if (error.code === 'ETLS') {
    return { kind: 'failed', status, answer: 'TLS with the mail server failed', isAway: true };
  }
  // Of several addresses the last one's answer is told; the mail is for those that may still take it.
  if (error.permanent === true && putOffIn(error.rejectedErrors).length === 0)
    return { kind: 'refused', status, answer };
  if (status !== null) return { kind: 'failed', status, answer, isAway: false };
  return classifyFailure(error) === 'other' && error.code === 'ESOCKET'
    ? { kind: 'failed', status, answer: 'the connection to the mail server broke', isAway: true }
    : unreachable(error);
}

function codeIn(response: string): number | null {
  const code = Number(response.slice(0, 3));
  return Number.isInteger(code) ? code : null;
}
