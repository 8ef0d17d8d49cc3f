import { Controller, Get } from '@nestjs/common';
import { Public } from '../identity/access.ts';
import { Database } from './database.ts';
import { GatewayError } from './gateway.error.ts';

@Controller()
export class HealthController {
  constructor(private readonly database: Database) {}

  /** The process answers. */
  @Get('healthz')
  @Public()
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can do its work: without the database every call is refused. */
  @Get('readyz')
  @Public()
  async ready(): Promise<{ status: 'ok' }> {
    try {
      await this.database.pool.query('select 1');
    } catch (cause) {
      const message = 'The gateway’s database can’t be reached.';
      throw new GatewayError('database_unavailable', message, { cause });
    }
    return { status: 'ok' };
  }
}
