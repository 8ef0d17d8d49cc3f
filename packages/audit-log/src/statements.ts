import type { ExportReading } from './export-reading.ts';
import type { NotExcluded } from './verify-report.ts';

/** What holds about an export in which nothing was found. */
export function provedBy(reading: ExportReading): string[] {
  const { header, key, frames, passkeys } = reading;
  const { firstPosition, count, treeSize } = header;
  const run =
    count === 0
      ? 'The export holds no entries.'
      : `The ${count} entries from ${firstPosition} to ${firstPosition + count - 1} are complete, unedited and in order: they are part of the tree of ${treeSize} entries.`;
  const statements = [run, `That tree was signed by ${key.name}.`];
  const kept = outsideSize(reading);
  if (kept !== undefined) {
    statements.push(`Its first ${kept} entries are those of the checkpoint kept outside.`);
  }
  if (frames.verified > 0) {
    statements.push(`The ${frames.verified} frames in the export are those that were recorded.`);
  }
  if (passkeys.verified > 0) {
    statements.push(
      `${passkeys.verified} verdicts were signed with a passkey: each by that key, for that call and that verdict.`,
    );
  }
  return statements;
}

/** What this verification doesn't rule out, whatever it found. */
export function notExcludedBy(reading: ExportReading, keyFromExport: boolean): NotExcluded[] {
  const { firstPosition, count, treeSize } = reading.header;
  const kept = outsideSize(reading);
  const open: NotExcluded[] = [];
  if (kept === undefined) {
    open.push(
      {
        code: 'truncation',
        statement:
          'Truncation: entries after the end of this tree may have been cut off. Only a checkpoint kept outside the log excludes that.',
      },
      {
        code: 'rewritten_history',
        statement:
          'A rewritten history: whoever holds the signing key may have built and signed another log. Only a checkpoint kept outside the log excludes that.',
      },
    );
  } else if (kept < firstPosition + count) {
    open.push({
      code: 'entries_after_checkpoint',
      statement: `Entries from ${Math.max(kept, firstPosition)} on are newer than your checkpoint: for them, neither truncation nor rewriting is excluded.`,
    });
  }
  // A checkpoint kept outside that this key signed vouches for the key as well.
  if (keyFromExport && kept === undefined) {
    open.push({
      code: 'untrusted_key',
      statement:
        'Another signer: the key came from the export itself. Give the key that you know from elsewhere (--vkey).',
    });
  }
  if (firstPosition > 0 || firstPosition + count < treeSize) {
    open.push({
      code: 'span_bounds',
      statement: `That the period needs no entry before ${firstPosition} or after ${firstPosition + count - 1}: exports of neighbouring periods must meet at these positions.`,
    });
  }
  if (reading.frames.absent > 0) {
    open.push({
      code: 'absent_payloads',
      statement: `What ${reading.frames.absent} frames said: their payloads were deleted by retention or not disclosed; their digests are proved.`,
    });
  }
  if (reading.passkeys.unseen > 0) {
    open.push({
      code: 'passkeys_added_before',
      statement: `That the passkeys of ${reading.passkeys.unseen} verdicts are their persons’: they were added before the first exported entry. An export from the beginning shows it.`,
    });
  }
  open.push({
    code: 'never_recorded',
    statement: 'That something happened outside the gateway, where nothing could record it.',
  });
  return open;
}

/** The size of the largest outside checkpoint that agrees, at most the size of the tree. */
function outsideSize({ claims, header }: ExportReading): number | undefined {
  const sizes = claims
    .filter(({ source, agrees }) => source === 'outside' && agrees)
    .map(({ checkpoint }) => Math.min(checkpoint.size, header.treeSize));
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
