import { GatewayError } from '../platform/gateway.error.ts';

/** The `code` of `/sign-in-failed`: what the page explains. */
export type SignInFailure =
  | 'refused'
  | 'unknown_state'
  | 'wrong_issuer'
  | 'bad_answer'
  | 'provider_error'
  | 'provider_unavailable'
  | 'token_refused'
  | 'no_person_claim'
  | 'groups_unreadable'
  | 'failed';

const MESSAGES: Readonly<Record<SignInFailure, string>> = {
  refused: 'The provider says that the sign-in was refused.',
  unknown_state: 'This sign-in was not started in this browser, or too long ago.',
  wrong_issuer: 'The answer comes from another provider than the one asked.',
  bad_answer: 'The provider’s answer is incomplete.',
  provider_error: 'The provider ended the sign-in with an error.',
  provider_unavailable: 'The OpenID provider could not be reached.',
  token_refused: 'The provider’s ID token is not valid for this console.',
  no_person_claim: 'The provider did not send the claim that identifies people.',
  groups_unreadable: 'The provider did not send the person’s groups in full.',
  failed: 'The sign-in could not be finished.',
};

export function signInFailed(reason: SignInFailure, cause?: unknown): GatewayError {
  return new GatewayError('sign_in_failed', MESSAGES[reason], { cause, details: { reason } });
}

export function isSignInFailure(value: unknown): value is SignInFailure {
  return typeof value === 'string' && Object.hasOwn(MESSAGES, value);
}
