import { readFileSync } from 'node:fs';
import { ConnectorError, messageOf } from '../connector.error.ts';

/**
 * The PEM file of an authority that certificates may come from.
 *
 * @param named - where the operator wrote its path
 * @throws ConnectorError `config_unreadable`
 */
export function readAuthority(path: string, named: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConnectorError(
      'config_unreadable',
      `${named}: ${path} can't be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}
