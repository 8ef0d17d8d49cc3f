import { Global, Module } from '@nestjs/common';
import { parseEnvironment } from '../env.ts';
import { ChangeBus } from './change-bus.ts';
import { Database } from './database.ts';
import { Envelope } from './envelope.ts';
import { GatewayInstance } from './gateway-instance.ts';
import { createLogger } from './logger.ts';
import { ENVIRONMENT, LOGGER } from './tokens.ts';

@Global()
@Module({
  providers: [
    { provide: ENVIRONMENT, useFactory: () => parseEnvironment(process.env) },
    {
      provide: LOGGER,
      useFactory: (env: { HOLDPOINT_LOG_LEVEL: string }) => createLogger(env.HOLDPOINT_LOG_LEVEL),
      inject: [ENVIRONMENT],
    },
    Database,
    Envelope,
    ChangeBus,
    GatewayInstance,
  ],
  exports: [ENVIRONMENT, LOGGER, Database, Envelope, ChangeBus, GatewayInstance],
})
export class PlatformModule {}
