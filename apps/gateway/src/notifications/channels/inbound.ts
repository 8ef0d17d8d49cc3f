import { createHash } from 'node:crypto';
import type { ChannelConfig, KeptSecrets } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '../../platform/logger.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { ChannelVault } from './channel-vault.ts';
import type { ChannelRow } from './channel.sql.ts';

const PATH = /^\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Which channel an address that verdicts come back to is of, without what its endpoint is mounted at. */
export function channelIdIn(path = ''): string | undefined {
  return PATH.exec(path)?.[1];
}

/** Whether verdicts come back by a secret of the channel's own. Slack has a way of its own. */
export function takesVerdicts(config: ChannelConfig): boolean {
  if (config.kind === 'jira') return config.verdicts !== null;
  return (config.kind === 'webhook' || config.kind === 'rest') && config.verdicts;
}

/**
 * What verdicts that come back on a channel are signed with; none where it takes none. Slack ties its
 * accounts in a way of its own.
 */
function inboundSecretOf(config: ChannelConfig, secrets: KeptSecrets): string | undefined {
  switch (config.kind) {
    case 'webhook':
    case 'jira':
    case 'rest':
      return takesVerdicts(config) ? secrets.callback : undefined;
    case 'email':
    case 'slack':
    case 'teams':
    case 'push':
      return undefined;
    default:
      return config satisfies never;
  }
}

/** What a channel takes verdicts by. */
export interface InboundSecret {
  readonly secret: string;
  /** SHA-256 of it, hexadecimal: what accounts are tied under. It says nothing of the secret. */
  readonly app: string;
}

@Injectable()
export class InboundSecrets {
  constructor(
    private readonly vault: ChannelVault,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** `undefined` where it takes no verdicts, or not now. */
  of({ id, config, enabled, secrets_sealed: sealed }: ChannelRow): InboundSecret | undefined {
    if (!enabled) return undefined;
    try {
      const secret = inboundSecretOf(config, this.vault.open(id, sealed));
      if (secret === undefined) return undefined;
      return { secret, app: createHash('sha256').update(secret).digest('hex') };
    } catch (error) {
      this.logger.error({ error: String(error), channel: id }, 'secrets of a channel do not open');
      return undefined;
    }
  }
}
