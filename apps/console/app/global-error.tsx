'use client';

import './globals.css';
import PageError from './error.tsx';

/** When the root layout itself failed, this replaces it. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Holdpoint failed</title>
        <PageError reset={reset} />
      </body>
    </html>
  );
}
