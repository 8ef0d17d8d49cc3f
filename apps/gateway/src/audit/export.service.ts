import { setTimeout as delay } from 'node:timers/promises';
import {
  approvalsCsv,
  exportLines,
  rangeProof,
  type ExportEntry,
  type ExportInput,
} from '@holdpoint/audit-log';
import { Injectable } from '@nestjs/common';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ApprovalReport } from './approval-report.ts';
import { AuditRepository } from './audit.repository.ts';
import { FrameReader } from './frame-reader.ts';
import { Ledger } from './ledger.ts';
import type { StoredHead } from './leaf.sql.ts';
import { LogKey } from './log-key.ts';
import { nodeSha256 } from './sequencer.ts';
import { storedTree } from './stored-tree.ts';

const PAGE = 100;
const MAX_NOTES = 50;
/** Long enough for the sequencer to take the export's own entry in. */
const SEQUENCED_WITHIN_MS = 2500;
const LOOK_EVERY_MS = 50;

export interface ExportPeriod {
  readonly from: string;
  readonly to: string;
}

/** Exports that verify offline, against a checkpoint kept elsewhere. */
@Injectable()
export class ExportService {
  constructor(
    private readonly repository: AuditRepository,
    private readonly frames: FrameReader,
    private readonly ledger: Ledger,
    private readonly key: LogKey,
    private readonly approvals: ApprovalReport,
  ) {}

  /** Recorded before the first byte is given away. */
  async exportPeriod(
    period: ExportPeriod,
    person: SignedInPerson,
  ): Promise<AsyncGenerator<string, void, undefined>> {
    await this.#record(period, 'entries', person);
    return exportLines(await this.#input(period, await this.#settledHead()));
  }

  async approvalsCsv(period: ExportPeriod, person: SignedInPerson): Promise<string> {
    await this.#record(period, 'approvals', person);
    const head = await this.#settledHead();
    const { first, count } = await this.repository.span(period.from, period.to, head.size);
    return approvalsCsv(await this.approvals.within(period, first, first + count));
  }

  async #record(period: ExportPeriod, what: string, person: SignedInPerson): Promise<void> {
    await this.ledger.append({
      kind: 'audit.exported',
      who: person.key,
      data: { ...period, what, person: person.name },
    });
  }

  /** Gives the sequencer a moment, so that a checkpoint kept outside just now is not beyond the export. */
  async #settledHead(): Promise<StoredHead> {
    const recorded = new Date();
    const until = performance.now() + SEQUENCED_WITHIN_MS;
    while (performance.now() < until && (await this.repository.hasUnsequenced(recorded))) {
      await delay(LOOK_EVERY_MS);
    }
    const head = await this.repository.newestHead();
    if (head !== undefined) return head;
    throw new GatewayError('not_found', 'Nothing has been sequenced yet. Try again in a moment.');
  }

  async #input(period: ExportPeriod, head: StoredHead): Promise<ExportInput> {
    const { first, count } = await this.repository.span(period.from, period.to, head.size);
    const tree = storedTree(this.repository, head.size);
    const end = first + count;
    const within = await this.repository.notesWithin(first, end, MAX_NOTES);
    const signer = await this.key.signer();
    return {
      origin: signer.name,
      vkey: signer.vkey,
      from: period.from,
      to: period.to,
      firstPosition: first,
      count,
      treeSize: head.size,
      range: await rangeProof(tree, first, end, head.size, nodeSha256),
      checkpoints: [...within.filter((note) => note !== head.note), head.note],
      entries: this.#entries(first, end),
    };
  }

  async *#entries(first: number, end: number): AsyncGenerator<ExportEntry, void, undefined> {
    for (let at = first; at < end; at += PAGE) {
      const leaves = await this.repository.leaves(at, Math.min(at + PAGE, end));
      const frames = await this.repository.framesOf(leaves.map((leaf) => leaf.entry_id));
      for (const { position, hash, content, entry_id } of leaves) {
        // Exact requests, and answers that quote one, stay sealed: opened to reviewers, never exported.
        const open = (frames.get(entry_id) ?? []).filter((frame) => !frame.sealed);
        yield {
          position,
          hash,
          content,
          frames: open.map((frame) => ({
            id: frame.id,
            salt: frame.salt,
            bytes: this.frames.bytesOf(frame),
          })),
        };
      }
    }
  }
}
