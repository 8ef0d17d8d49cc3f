import type { CredentialInput } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Envelope } from '../platform/envelope.ts';

const headerSchema = z.object({ name: z.string(), value: z.string() });

/**
 * Seals and opens what the gateway shows to upstreams and receivers.
 * INVARIANT: a credential goes one way. Nothing here is ever logged, recorded or answered.
 */
@Injectable()
export class CredentialVault {
  constructor(private readonly envelope: Envelope) {}

  sealCredential(connectionId: string, credential: CredentialInput): Buffer | null {
    const header = headerOf(credential);
    return header && this.envelope.sealText(JSON.stringify(header), credentialOf(connectionId));
  }

  /** The header to send upstream. */
  openCredential(
    connectionId: string,
    sealed: Uint8Array | null,
  ): Readonly<Record<string, string>> {
    if (sealed === null) return {};
    const text = this.envelope.openText(sealed, credentialOf(connectionId));
    const { name, value } = headerSchema.parse(JSON.parse(text));
    return { [name.toLowerCase()]: value };
  }

  sealWebhookSecret(connectionId: string, secret: string): Buffer {
    return this.envelope.sealText(secret, webhookSecretOf(connectionId));
  }

  openWebhookSecret(connectionId: string, sealed: Uint8Array): string {
    return this.envelope.openText(sealed, webhookSecretOf(connectionId));
  }
}

/** For a credential that was typed into a form and is not stored yet. */
export function headersOf(credential: CredentialInput): Readonly<Record<string, string>> {
  const header = headerOf(credential);
  return header === null ? {} : { [header.name.toLowerCase()]: header.value };
}

function headerOf(credential: CredentialInput): z.infer<typeof headerSchema> | null {
  switch (credential.kind) {
    case 'none':
      return null;
    case 'bearer':
      return { name: 'authorization', value: `Bearer ${credential.token}` };
    case 'header':
      return { name: credential.name, value: credential.value };
    default:
      return credential satisfies never;
  }
}

const credentialOf = (connectionId: string) => `connection-credential:${connectionId}`;
const webhookSecretOf = (connectionId: string) => `webhook-secret:${connectionId}`;
