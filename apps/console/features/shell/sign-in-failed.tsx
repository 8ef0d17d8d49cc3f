import { PlainPage } from './plain-page.tsx';

interface Explanation {
  readonly what: string;
  readonly next: string;
}

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  refused: {
    what: 'Your identity provider says that the sign-in was refused or cancelled.',
    next: 'Try again. If it is refused again, ask the people who run the identity provider whether you may use Holdpoint.',
  },
  unknown_state: {
    what: 'This sign-in was not started in this browser, or it took too long.',
    next: 'Start again from here, in one window, and keep cookies allowed for this site.',
  },
  wrong_issuer: {
    what: 'The answer came from another identity provider than the one that was asked. It was not used.',
    next: 'Try again. If it happens again, tell the people who run Holdpoint: someone may be interfering.',
  },
  bad_answer: {
    what: 'The identity provider’s answer was incomplete.',
    next: 'Try again. If it happens again, an admin should look at the gateway’s log.',
  },
  provider_error: {
    what: 'The identity provider ended the sign-in with an error of its own.',
    next: 'Try again in a minute. If it stays, ask the people who run the identity provider.',
  },
  provider_unavailable: {
    what: 'The identity provider could not be reached.',
    next: 'Try again in a minute. If it stays, an admin should check that the gateway reaches the provider’s address.',
  },
  token_refused: {
    what: 'The identity provider’s ID token is not valid for this console.',
    next: 'An admin should compare issuer, client and clock of both sides; the gateway’s log names what failed.',
  },
  no_person_claim: {
    what: 'The identity provider did not send the claim that identifies people.',
    next: 'An admin should look at the claim configured for people, and let the provider send it.',
  },
  groups_unreadable: {
    what: 'The identity provider did not send your groups in full, so your roles are not known.',
    next: 'An admin should look at the groups claim; some providers leave it out when there are too many.',
  },
};

const UNKNOWN: Explanation = {
  what: 'The sign-in could not be finished.',
  next: 'Try again. If it happens again, an admin should look at the gateway’s log.',
};

/** `code` comes from the address, so anyone can write it: it chooses a text, it never becomes one. */
export function SignInFailed({ code }: { code: string | undefined }) {
  const known = code !== undefined && Object.hasOwn(EXPLANATIONS, code);
  const { what, next } = (known ? EXPLANATIONS[code] : undefined) ?? UNKNOWN;
  return (
    <PlainPage title="You are not signed in">
      <p>{what}</p>
      <p>{next}</p>
      <p className="text-sm text-muted">
        Code: <code className="font-mono">{known ? code : 'failed'}</code>
      </p>
      <a
        href="/auth/login?return=/"
        className="inline-flex min-h-9 max-md:min-h-11 items-center rounded-md bg-accent px-4 font-medium text-surface"
      >
        Sign in again
      </a>
    </PlainPage>
  );
}
