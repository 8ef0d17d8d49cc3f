import { Inject, Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import type { FreezeInForce } from '../freezes/why-frozen.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { recordOf, type Call } from './call.ts';
import { Transports } from './transports.ts';
import { Upstream } from './upstream.ts';

const TIMEOUT_MS = 10_000;

/** Tells an upstream that a call which it may be carrying out was broken off. */
@Injectable()
export class UpstreamCancel {
  constructor(
    private readonly ledger: Ledger,
    private readonly upstream: Upstream,
    private readonly transports: Transports,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Recorded, then sent: the one thing that goes up under a freeze. Never rejects: the call is over,
   * whether or not its upstream hears of it.
   */
  async tell(call: Call, { scope, reason }: FreezeInForce): Promise<void> {
    const text = this.#notificationFor(call);
    try {
      await this.ledger.append({
        ...recordOf(call, 'call.cancelled'),
        data: { by: 'freeze', scope, reason },
        frames:
          text === undefined
            ? []
            : [{ edge: 'gateway-to-upstream', bytes: Buffer.from(text), sealed: true }],
      });
      if (text === undefined) return;
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await this.upstream.postBytes(call, Buffer.from(text), timeout);
      if (answer.kind === 'stream') answer.discard();
    } catch (error) {
      this.logger.warn(
        { error: String(error), callId: call.callId },
        'an upstream could not be told that a call was broken off',
      );
    }
  }

  /**
   * In the stateless era, and on the stream of HTTP+SSE, which a freeze closes, the broken exchange says
   * it all; an `initialize` can't be cancelled. The reason is for people here, not for the upstream.
   */
  #notificationFor({ era, method, connection, id }: Call): string | undefined {
    if (era === 'modern' || method === 'initialize' || this.transports.isSse(connection))
      return undefined;
    return `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id.raw},"reason":"The gateway broke the call off."}}`;
  }
}
