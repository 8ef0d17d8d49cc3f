import type { Finding, FindingCode, VerifyReport } from './verify-report.ts';

/** The report as plain text for a terminal. Nothing in the export can steer the terminal. */
export function reportText(report: VerifyReport): string {
  const blocks = [
    [headlines[report.verdict]],
    summary(report),
    section('Found', findingLines(report)),
    section('Proved', report.proved.map(bullet)),
    section(
      'Not excluded',
      report.notExcluded.map(({ statement }) => bullet(statement)),
    ),
  ];
  const lines = blocks.filter((block) => block.length > 0).map((block) => block.join('\n'));
  return `${lines.join('\n\n')}\n`;
}

const headlines = {
  intact: 'INTACT: no sign of any change. Below: what that proves, and what it does not exclude.',
  tampered: 'TAMPERED: this export is not what was logged.',
  unverified: 'NOT VERIFIED: nothing wrong was found, but not everything could be checked.',
} as const;

/** What to do about a finding. */
const advice: Readonly<Record<FindingCode, string>> = {
  entry_edited: 'Fetch this entry again from the gateway and from a backup, and compare.',
  entry_malformed: 'Do not rely on what this entry seems to say; ask who wrote it.',
  entry_removed: 'Make the export again. If they are still missing, they are gone from the log.',
  entry_reordered: 'Make the export again, and do not edit or sort the file.',
  entry_duplicated: 'Make the export again, and do not join files.',
  entry_unexpected: 'Treat this entry as forged: no tree vouches for it.',
  truncated: 'Make the export again. If entries are still missing, they were cut off the log.',
  frame_changed: 'Do not rely on this payload; the entry that names it still holds.',
  frame_unreferenced: 'Ignore this payload: no entry vouches for it.',
  frame_missing: 'Expected for payloads past retention and for sealed requests.',
  passkey_invalid: 'Do not rely on this verdict: nothing shows that its person gave it.',
  passkey_unregistered: 'Do not rely on this verdict: its passkey is not known to be its person’s.',
  passkey_missing: 'Do not rely on this verdict: the rule that held the call asked for a passkey.',
  approvals_changed: 'Do not rely on the list; the entries themselves hold.',
  line_unreadable: 'Fetch the file again; it was damaged or edited.',
  range_proof_invalid: 'Make the export again; its proof was damaged or made up.',
  key_mismatch: 'Ask the operator, by another way, which key signs this log.',
  checkpoint_unreadable: 'Make the export again; the checkpoint was damaged.',
  checkpoint_signature_invalid: 'Ask the operator, by another way, which key signs this log.',
  checkpoint_mismatch:
    'Compare with an older export and with other checkpoints to see what changed.',
  checkpoint_missing: 'Give a checkpoint of this tree with --checkpoint, or make the export again.',
  checkpoint_not_covered: 'Ask for an export made for this checkpoint.',
  inconsistent_history:
    'Keep both checkpoints: together they prove that the history was rewritten.',
};

function summary(report: VerifyReport): string[] {
  const { period, dated, frames } = report;
  const last = report.firstPosition + report.count - 1;
  const run = report.count === 0 ? 'none' : `${report.firstPosition} to ${last}`;
  const rows: readonly (readonly [string, string])[] = [
    ['log', report.origin],
    ['period asked for', `${period.from ?? 'the beginning'} to ${period.to ?? 'the end'}`],
    ['entries', `${run} (${report.count}) of a log of ${report.treeSize}`],
    ...(dated === undefined ? [] : [['dated', `${dated.earliest} to ${dated.latest}`] as const]),
    ['frames', `${frames.verified} verified, ${frames.absent} not in the export`],
    ['approvals', String(report.approvals)],
    ['passkeys', `${report.passkeys.verified} verdicts signed and verified`],
    ...(report.root === undefined ? [] : [['tree root', report.root] as const]),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(17)} ${printable(value)}`);
}

function findingLines({ findings, findingsOmitted }: VerifyReport): string[] {
  const lines = findings.flatMap((finding) => [
    bullet(`[${finding.code}${placeOf(finding)}] ${finding.message}`),
    `      ${advice[finding.code]}`,
  ]);
  return findingsOmitted === 0 ? lines : [...lines, bullet(`and ${findingsOmitted} more`)];
}

function placeOf({ position, line }: Finding): string {
  const places = [
    position === undefined ? '' : ` entry ${position}`,
    line === undefined ? '' : ` line ${line}`,
  ];
  return places.filter((place) => place !== '').join(',');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function bullet(text: string): string {
  return `  - ${printable(text)}`;
}

/** Shows control, invisible and direction-changing characters as their code point. */
function printable(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
