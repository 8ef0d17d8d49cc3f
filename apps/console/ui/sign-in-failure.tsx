import type { ApiFailure } from '../lib/api.ts';
import { Button } from './button.tsx';
import { FailureNote } from './states.tsx';

interface Props {
  failure: ApiFailure | undefined;
  /** The page to come back to. */
  back: string;
  /** Keeps what was typed, just before the page is left. */
  onLeave?: () => void;
}

/** Why something was not taken, and the way on where the provider has to be asked again. */
export function SignInFailure({ failure, back, onLeave }: Props) {
  if (failure?.code !== 'sign_in_again') return <FailureNote failure={failure} />;
  const signIn = () => {
    onLeave?.();
    window.location.assign(`/auth/login?return=${encodeURIComponent(back)}`);
  };
  return (
    <div className="flex flex-col items-start gap-2">
      <FailureNote failure={failure} />
      <Button onClick={signIn} data-testid="sign-in-again">
        Sign in again and come back
      </Button>
    </div>
  );
}
