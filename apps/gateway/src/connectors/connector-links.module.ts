import { Module } from '@nestjs/common';
import { HttpOutgoingModule } from '../connections/http-outgoing.module.ts';
import { ConnectorEndpoint } from './connector-endpoint.ts';
import { ConnectorLinks } from './connector-links.ts';
import { ConnectorLogs } from './connector-log.ts';
import { ConnectorRouter } from './connector-router.ts';
import { LinkDirectory } from './link-directory.ts';
import { RelayClient } from './relay-client.ts';
import { RelayEndpoint } from './relay-endpoint.ts';
import { RelayPasses } from './relay-pass.ts';

/** Apart from what admins do with connectors, so that the way out knows neither audit log nor people. */
@Module({
  imports: [HttpOutgoingModule],
  providers: [
    ConnectorEndpoint,
    ConnectorLinks,
    ConnectorLogs,
    ConnectorRouter,
    LinkDirectory,
    RelayClient,
    RelayEndpoint,
    RelayPasses,
  ],
  exports: [
    ConnectorEndpoint,
    ConnectorLinks,
    ConnectorLogs,
    ConnectorRouter,
    LinkDirectory,
    RelayEndpoint,
  ],
})
export class ConnectorLinksModule {}
