import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/browser';
import {
  passkeyAnswerSchema,
  passkeyChallengeSchema,
  passkeyInputSchema,
  passkeyListSchema,
  passkeyOptionsSchema,
  verdictInputSchema,
  type PasskeyAnswer,
  type PasskeyList,
  type VerdictInput,
} from '@holdpoint/contracts';
import { ApiFailure, send } from '../../lib/api.ts';

/** Lets the person's authenticator make a passkey, and the gateway keep its public half. */
export async function addPasskey(name: string): Promise<PasskeyList> {
  const options = await send('POST', '/api/passkeys/options', {}, passkeyOptionsSchema);
  const registration = await ask<RegistrationResponseJSON>(() =>
    startRegistration({ optionsJSON: options }),
  );
  const input = passkeyInputSchema.parse({ name, registration });
  return send('POST', '/api/passkeys', input, passkeyListSchema);
}

/** Lets the person's passkey sign exactly this verdict on exactly this call. */
export async function signVerdict(approvalId: string, input: VerdictInput): Promise<VerdictInput> {
  const path = `/api/approvals/${encodeURIComponent(approvalId)}/verdict`;
  return verdictInputSchema.parse({ ...input, passkey: await signFor(path, input) });
}

/** The signature that what is to be sent to `path` needs: the gateway says what is signed. */
export async function signFor(path: string, input: unknown): Promise<PasskeyAnswer> {
  const { nonce, options } = await send('POST', `${path}/challenge`, input, passkeyChallengeSchema);
  const assertion = await ask<AuthenticationResponseJSON>(() =>
    startAuthentication({ optionsJSON: options }),
  );
  return passkeyAnswerSchema.parse({ nonce, assertion });
}

async function ask<T>(start: () => Promise<T>): Promise<T> {
  if (!browserSupportsWebAuthn())
    throw new ApiFailure(
      'passkey_cancelled',
      'This browser knows no passkeys, or the page came without HTTPS. Use another browser.',
    );
  try {
    return await start();
  } catch (cause) {
    // Browsers don't say more: a refusal must not tell a page which passkeys there are.
    const message =
      cause instanceof Error && cause.name === 'InvalidStateError'
        ? 'That authenticator has a passkey of yours already. Use another one.'
        : 'Nothing was sent: your passkey was not used. The question was cancelled, ran out of time, or this device has none of your passkeys. Try again.';
    throw new ApiFailure('passkey_cancelled', message, { cause });
  }
}
