import { PROTOCOL_VERSIONS } from './messages.ts';

/** The newest version that both ends speak; none if there is none. */
export function chooseVersion(
  offered: readonly number[],
  spoken: readonly number[] = PROTOCOL_VERSIONS,
): number | undefined {
  return [...spoken].sort((a, b) => b - a).find((version) => offered.includes(version));
}

/** The sentence for a connector and a gateway that have no version in common. */
export function versionRefusal(facts: {
  readonly connectorVersion: string;
  readonly gatewayVersion: string;
  readonly offered: readonly number[];
  readonly spoken?: readonly number[];
}): string {
  const spoken = facts.spoken ?? PROTOCOL_VERSIONS;
  const older = Math.max(...facts.offered) < Math.min(...spoken) ? 'connector' : 'gateway';
  return (
    `Connector ${facts.connectorVersion} speaks version ${facts.offered.join(', ')} of the tunnel, ` +
    `gateway ${facts.gatewayVersion} speaks ${spoken.join(', ')}. Upgrade the ${older}.`
  );
}
