import type { PolicyVersion } from '@holdpoint/contracts';
import { download } from '../../lib/download.ts';

/** The same as the gateway takes of a policy's text. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Two files, named as `holdpoint policy test` looks for them. */
export function downloadVersion({ number, source, cases }: PolicyVersion): void {
  download(`policy-v${number}.yaml`, source, 'application/yaml');
  if (cases !== '') download(`policy-v${number}.tests.yaml`, cases, 'application/yaml');
}

/** What a chosen file holds, or why it can't be used. */
export async function readPolicyFile(
  file: File,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  if (file.size > MAX_FILE_BYTES)
    return { problem: `${file.name} is larger than 1 MiB, the most that a policy may have.` };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    return text.includes('\0') ? { problem: `${file.name} is no text.` } : { text };
  } catch {
    return { problem: `${file.name} is no UTF-8 text, so it can’t be read.` };
  }
}

/** `orders.tests.yaml` holds the cases of `orders.yaml`. */
export function isCasesFile(name: string): boolean {
  return /\.tests\.ya?ml$/i.test(name);
}
