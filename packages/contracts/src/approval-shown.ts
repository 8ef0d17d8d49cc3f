import { z } from 'zod';

/** What the reviewer was looking at. A verdict about anything else is refused. */
export const shownSchema = z.object({
  /** `shownDigest` of what the page rendered. */
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'Sixty-four hexadecimal digits.'),
  /** The identical call that the page told of; `null` where it told of none. */
  lastSame: z.uuid().nullable(),
});
export type Shown = z.infer<typeof shownSchema>;
