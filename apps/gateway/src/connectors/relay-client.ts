import { Injectable } from '@nestjs/common';
import type { OpenHead } from '@holdpoint/tunnel';
import {
  HttpOutgoing,
  type OutgoingAnswer,
  type OutgoingRequest,
} from '../connections/http-outgoing.ts';
import { wasSent } from '../connections/outgoing-failure.ts';
import { ConnectorFailure, notSent } from './connector-failure.ts';
import type { LinkRow } from './connector-link.sql.ts';
import { RelayPasses } from './relay-pass.ts';
import { PASS_HEADER, RELAY_PATH, STATUS_HEADER, UNSENT_HEADER } from './relay-words.ts';

const NOTHING = new Uint8Array();

/** Asks the gateway that holds a connector's link to pass an exchange on. */
@Injectable()
export class RelayClient {
  constructor(
    private readonly http: HttpOutgoing,
    private readonly passes: RelayPasses,
  ) {}

  /** @throws as `Outgoing.request` */
  async request(
    { id, instanceUrl, gateway }: LinkRow,
    head: OpenHead,
    options: OutgoingRequest,
  ): Promise<OutgoingAnswer> {
    const body = typeof options.body === 'string' ? Buffer.from(options.body) : options.body;
    const { pass, nonce } = this.passes.issue({ link: id, head }, body ?? NOTHING);
    const answer = await this.#ask(`${instanceUrl ?? ''}${RELAY_PATH}`, gateway, {
      ...options,
      method: 'POST',
      allowPrivate: true,
      headers: { 'content-type': 'application/octet-stream', [PASS_HEADER]: pass },
      body: body ?? NOTHING,
    });
    const status = Number(answer.headers[STATUS_HEADER]);
    if (answer.statusCode === 200 && Number.isInteger(status) && status >= 200)
      return { statusCode: status, headers: ownOf(answer.headers), body: answer.body };
    answer.body.on('error', () => undefined).destroy();
    if (this.passes.isUnsentWord(nonce, answer.headers[UNSENT_HEADER]))
      throw notSent('The connector took nothing of the call.');
    throw new ConnectorFailure(
      'CONNECTOR_BROKE',
      `The gateway ${gateway} did not pass the exchange on (HTTP ${answer.statusCode}).`,
    );
  }

  async #ask(url: string, gateway: string, options: OutgoingRequest): Promise<OutgoingAnswer> {
    try {
      return await this.http.request(url, options);
    } catch (error) {
      // A gateway that isn't there has got nothing: another connector may do.
      throw wasSent(error)
        ? error
        : notSent(`The gateway ${gateway}, which holds the connector, can’t be reached.`, {
            cause: error,
          });
    }
  }
}

function ownOf(headers: OutgoingAnswer['headers']): OutgoingAnswer['headers'] {
  const { 'content-type': type, 'mcp-session-id': session } = headers;
  return {
    ...(type !== undefined && { 'content-type': type }),
    ...(session !== undefined && { 'mcp-session-id': session }),
  };
}
