import { equalBytes, hashFromHex } from './bytes.ts';
import { addClaim } from './checkpoint-check.ts';
import type { Arrival } from './entry-sequence.ts';
import { leafHash, parseEntry } from './entry.ts';
import type { EndLine, ExportLine, LeafLine } from './export-format.ts';
import { parseLine } from './export-format.ts';
import type { ExportReading, NumberedLine } from './export-reading.ts';
import { noteRoot } from './export-reading.ts';
import type { Sha256 } from './sha256.ts';
import type { FindingCode } from './verify-report.ts';

/** Step 2: every entry against its hash, every frame against its digest, and the order of all. */
export async function checkEntriesAndFrames(
  reading: ExportReading,
  lines: AsyncIterable<NumberedLine>,
): Promise<void> {
  for await (const { text, number } of lines) {
    const line = parseLine(text);
    if (line === undefined || reading.ended) {
      const message = reading.ended ? 'Something follows the end.' : 'The line is not readable.';
      reading.findings.add('tampering', 'line_unreadable', message, { line: number });
    } else {
      await checkLine(reading, line, number);
    }
  }
  reportMissing(reading);
}

async function checkLine(reading: ExportReading, line: ExportLine, number: number): Promise<void> {
  switch (line.t) {
    case 'checkpoint':
      return addClaim(reading, line.note, 'export', number);
    case 'consistency':
      reading.consistency.push(line);
      return;
    case 'leaf':
      return checkLeaf(reading, line, number);
    case 'frame':
      reading.frameLines += 1;
      return reading.frames.check(line, number);
    case 'approvals-csv':
      reading.csv = line.csv;
      return;
    case 'end':
      return checkEnd(reading, line, number);
    default:
      line satisfies never;
  }
}

async function checkLeaf(reading: ExportReading, leaf: LeafLine, line: number): Promise<void> {
  const { findings } = reading;
  const { position } = leaf;
  const where = { position, line };
  reading.leaves += 1;
  const arrival = reading.sequence.arrive(position);
  const displaced = displacements[arrival];
  if (displaced !== undefined) {
    findings.add('tampering', displaced.code, `Entry ${position} ${displaced.message}.`, where);
  }
  if (arrival === 'next') await growTree(reading, hashFromHex(leaf.hash));
  else reading.tree = undefined;

  const entry = parseEntry(leaf.content);
  if (!(await hashesTo(leaf, reading.sha256))) {
    findings.add('tampering', 'entry_edited', `Entry ${position} was edited.`, where);
  } else if (entry === undefined) {
    const message = `Entry ${position} is not in the form in which the log writes entries.`;
    findings.add('tampering', 'entry_malformed', message, where);
  }
  if (entry === undefined) return;
  reading.frames.expect(position, entry);
  reading.approvals.add(position, entry);
  await reading.passkeys.add(position, entry);
  noteTime(reading, entry.at);
}

/** What is wrong with an entry that isn't the next one; a gap is reported when all is read. */
const displacements: Partial<Record<Arrival, { code: FindingCode; message: string }>> = {
  late: { code: 'entry_reordered', message: 'is out of its place' },
  duplicate: { code: 'entry_duplicated', message: 'comes twice' },
  outside: { code: 'entry_unexpected', message: 'is not part of the exported run' },
};

function checkEnd(reading: ExportReading, end: EndLine, line: number): void {
  reading.ended = true;
  const { leaves, frameLines, findings } = reading;
  if (end.leaves === leaves && end.frames === frameLines) return;
  const message = `${end.leaves} entries and ${end.frames} frames were written, ${leaves} and ${frameLines} are here.`;
  findings.add('tampering', 'truncated', message, { line });
}

/**
 * The tree takes the stated hash, not the computed one: an entry that was edited then stands out
 * alone, and a hash that was edited with it contradicts the checkpoints.
 */
async function growTree(reading: ExportReading, hash: Uint8Array): Promise<void> {
  const { tree } = reading;
  if (tree === undefined) return;
  await noteRoot(reading, tree);
  await tree.append(hash);
}

async function hashesTo(leaf: LeafLine, sha256: Sha256): Promise<boolean> {
  // JSON can spell a lone surrogate, which no hashed text has.
  if (!leaf.content.isWellFormed()) return false;
  return equalBytes(await leafHash(leaf.content, sha256), hashFromHex(leaf.hash));
}

function reportMissing({ sequence, findings, ended }: ExportReading): void {
  for (const { start, end } of sequence.gaps) {
    const message =
      end - start === 1
        ? `Entry ${start} is missing.`
        : `The entries ${start} to ${end - 1} are missing.`;
    findings.add('tampering', 'entry_removed', message, { position: start });
  }
  const { start, end } = sequence.tail;
  if (start < end) {
    const message = `The last entries of the export, ${start} to ${end - 1}, are missing.`;
    findings.add('tampering', 'truncated', message, { position: start });
  } else if (!ended) {
    findings.add('tampering', 'truncated', 'The file has no end: it was cut.');
  }
}

function noteTime(reading: ExportReading, at: string): void {
  const { earliest, latest } = reading.dated ?? { earliest: at, latest: at };
  // All times have one form and one zone, so the order of texts is the order of times.
  reading.dated = {
    earliest: at < earliest ? at : earliest,
    latest: at > latest ? at : latest,
  };
}
