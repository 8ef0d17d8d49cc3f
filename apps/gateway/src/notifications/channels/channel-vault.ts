import { keptSecretsSchema, type KeptSecrets } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Envelope } from '../../platform/envelope.ts';

/**
 * Seals and opens what a channel is signed or signed in with.
 * INVARIANT: a secret opens only for the channel that it was given for. Nothing here is ever logged,
 * recorded or answered.
 */
@Injectable()
export class ChannelVault {
  constructor(private readonly envelope: Envelope) {}

  seal(channelId: string, secrets: KeptSecrets): Buffer | null {
    if (Object.keys(secrets).length === 0) return null;
    return this.envelope.sealText(JSON.stringify(secrets), contextOf(channelId));
  }

  open(channelId: string, sealed: Uint8Array | null): KeptSecrets {
    if (sealed === null) return {};
    return keptSecretsSchema.parse(
      JSON.parse(this.envelope.openText(sealed, contextOf(channelId))),
    );
  }
}

const contextOf = (channelId: string) => `channel-secrets:${channelId}`;
