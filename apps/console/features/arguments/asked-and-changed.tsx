import { ArgumentChanges } from './argument-changes.tsx';

/** What an agent asked for, against what a reviewer made of it. */
export function AskedAndChanged({ asked, changed }: { asked: string; changed: string }) {
  return (
    <ArgumentChanges
      before={asked}
      after={changed}
      to="to what was asked"
      removed="was asked, and is not there any more"
      same="As the agent asked:"
    />
  );
}
