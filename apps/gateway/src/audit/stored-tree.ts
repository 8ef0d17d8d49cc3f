import { appendLeaves, emptyFrontier, rootOf, type TreeReader } from '@holdpoint/audit-log';
import type { AuditRepository } from './audit.repository.ts';
import { nodeSha256 } from './sequencer.ts';

const PAGE = 20_000;

/** The tree of the first `size` leaves, for proofs. Reads leaf hashes page by page. */
export function storedTree(repository: AuditRepository, size: number): TreeReader {
  return {
    size,
    async hash(start, end) {
      let frontier = emptyFrontier();
      for (let at = start; at < end; at += PAGE) {
        const hashes = await repository.leafHashes(at, Math.min(at + PAGE, end));
        frontier = await appendLeaves(frontier, hashes, nodeSha256);
      }
      return rootOf(frontier, nodeSha256);
    },
  };
}
