import { createECDH, createHash, ECDH } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import webPush from 'web-push';
import { z } from 'zod';
import { Envelope } from '../../platform/envelope.ts';

const addressSchema = z.object({ endpoint: z.string(), p256dh: z.string(), auth: z.string() });
/** Where a browser is reached, and what is encrypted for it. Whoever has all of it can't push: that needs the key. */
export type PushAddress = z.infer<typeof addressSchema>;

/** Seals a browser's address and keys to its row. */
@Injectable()
export class PushVault {
  constructor(private readonly envelope: Envelope) {}

  seal(id: string, address: PushAddress): Buffer {
    return this.envelope.sealText(JSON.stringify(addressSchema.parse(address)), contextOf(id));
  }

  open(id: string, sealed: Uint8Array): PushAddress {
    return addressSchema.parse(JSON.parse(this.envelope.openText(sealed, contextOf(id))));
  }
}

const contextOf = (id: string) => `push-subscription:${id}`;

export function endpointHashOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('hex');
}

/** What a channel's messages are signed with (RFC 8292). */
export function makeVapidKey(): string {
  return webPush.generateVAPIDKeys().privateKey;
}

/** What browsers subscribe with. */
export function publicKeyOf(vapidKey: string): string {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(vapidKey, 'base64url');
  return pair.getPublicKey('base64url');
}

/** Whether something can be encrypted for it: a point of the curve, not only 65 bytes. */
export function isPublicKey(p256dh: string): boolean {
  try {
    ECDH.convertKey(p256dh, 'prime256v1', 'base64url', 'hex', 'compressed');
    return true;
  } catch {
    return false;
  }
}
