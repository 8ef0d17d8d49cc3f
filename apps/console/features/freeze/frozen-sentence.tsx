import type { Freeze } from '@holdpoint/contracts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What is frozen, in the words of everybody who reads of it. */
export function FrozenSentence({
  freeze: { scope, title },
}: {
  freeze: Pick<Freeze, 'scope' | 'title'>;
}) {
  switch (scope) {
    case 'installation':
      return 'Everything is frozen';
    case 'connection':
      return (
        <>
          The connection <VisibleText text={title} /> is frozen
        </>
      );
    case 'caller':
      return (
        <>
          The caller <VisibleText text={title} /> is frozen
        </>
      );
    default:
      return scope satisfies never;
  }
}
