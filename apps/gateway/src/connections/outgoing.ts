import { Inject, Injectable } from '@nestjs/common';
import { ConnectorRouter } from '../connectors/connector-router.ts';
import { readConnectorAddress } from '@holdpoint/contracts';
import { HttpOutgoing, type OutgoingAnswer, type OutgoingRequest } from './http-outgoing.ts';

/**
 * The one way out to upstreams: to an address of the network, or through a connector that stands near
 * the server. Both answer alike, and both say of what fails whether it may have left.
 */
@Injectable()
export class Outgoing {
  constructor(
    private readonly http: HttpOutgoing,
    @Inject(ConnectorRouter) private readonly connectors: Pick<ConnectorRouter, 'request'>,
  ) {}

  /**
   * @throws GatewayError `address_refused`, `upstream_unreachable`; or what a broken exchange throws,
   * see `classifyFailure` and `wasSent`.
   */
  request(url: string, options: OutgoingRequest): Promise<OutgoingAnswer> {
    const address = readConnectorAddress(url);
    return address === undefined
      ? this.http.request(url, options)
      : this.connectors.request(address, options);
  }
}
