import type { Delivery } from '@holdpoint/contracts';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { UuidPipe } from '../platform/zod.pipe.ts';
import { DeliveriesService } from './deliveries.service.ts';

@Controller('api/connections/:connection/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get()
  @Roles('admin', 'auditor')
  list(@Param('connection', UuidPipe) connection: string): Promise<{ items: Delivery[] }> {
    return this.deliveries.list(connection);
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Roles('admin')
  retry(
    @Param('connection', UuidPipe) connection: string,
    @Param('id', UuidPipe) id: string,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<{ items: Delivery[] }> {
    return this.deliveries.retry(connection, id, person);
  }
}
