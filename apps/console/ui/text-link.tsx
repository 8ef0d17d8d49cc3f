import Link from 'next/link';
import type { ComponentProps } from 'react';

/** A link among text. On a phone it is as high as a thumb needs, wherever it stands. */
export function TextLink({ className = '', ...rest }: ComponentProps<typeof Link>) {
  return (
    <Link
      className={`text-accent underline max-md:inline-flex max-md:min-h-11 max-md:items-center ${className}`}
      {...rest}
    />
  );
}
