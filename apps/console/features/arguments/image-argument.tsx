'use client';

import { useState } from 'react';
import { formatBytes } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ArgumentNotes, type Note } from './argument-note.tsx';
import type { EncodedImage } from './image-data.ts';

/** A picture may unpack to far more than it weighs: a larger one is drawn when somebody asks for it. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_PIXELS = 16_000_000;

/**
 * A picture that an agent sends. Only raster types are drawn, by what the bytes are and not by what
 * they are called: SVG can carry scripts and look different each time.
 */
export function ImageArgument({ image, text }: { image: EncodedImage; text: string }) {
  const isLarge =
    image.bytes > MOST_BYTES ||
    image.size === null ||
    image.size.width * image.size.height > MOST_PIXELS;
  const [wanted, setWanted] = useState(!isLarge);
  const [failed, setFailed] = useState(false);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <ArgumentNotes label="What this picture is" notes={notesOf(image, failed)} />
      {image.type !== null &&
        !failed &&
        (wanted ? (
          <img
            src={`data:${image.type};base64,${image.base64}`}
            alt="A picture that the agent sends. What it shows can’t be said in words here."
            className="max-h-[60dvh] max-w-full self-start border border-strong-line bg-white object-contain"
            onError={() => setFailed(true)}
          />
        ) : (
          <Button size="small" className="self-start" onClick={() => setWanted(true)}>
            Draw this picture ({formatBytes(image.bytes)})
          </Button>
        ))}
      {image.type === null || failed ? (
        // Nothing of it is seen otherwise.
        <RawText text={text} />
      ) : (
        <Disclosure title="Its text, as the agent sends it">
          <RawText text={text} />
        </Disclosure>
      )}
    </div>
  );
}

function notesOf({ type, declared, bytes, size }: EncodedImage, failed: boolean): Note[] {
  const isLie = type !== null && declared !== null && declared.toLowerCase() !== type;
  return [
    ...(type === null
      ? [{ tone: 'hold', text: 'Not drawn: only PNG, JPEG, GIF and WebP are' } as const]
      : []),
    ...(failed ? [{ tone: 'hold', text: 'Can’t be drawn: the picture is broken' } as const] : []),
    ...(isLie ? [{ tone: 'stop', text: 'Not what it is called' } as const] : []),
    { tone: 'neutral', text: type ?? 'no picture that is known' },
    ...(declared !== null && (type === null || isLie)
      ? [
          {
            tone: 'neutral',
            text: (
              <>
                called <VisibleText text={declared} />
              </>
            ),
          } as const,
        ]
      : []),
    ...(size === null
      ? []
      : [{ tone: 'neutral', text: `${size.width} × ${size.height}` } as const]),
    { tone: 'neutral', text: formatBytes(bytes) },
  ];
}
