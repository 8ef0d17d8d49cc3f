import {
  serviceIdentityInputSchema,
  serviceIdentityKeySchema,
  type ServiceIdentityInput,
  type ServiceIdentityKey,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, Post, Put, Query } from '@nestjs/common';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { AnyRole, CurrentPerson, Roles } from './access.ts';
import { ServiceIdentitiesService } from './service-identities.service.ts';
import type { SignedInPerson } from './signed-in-person.ts';

/** Every write answers with the whole list: it is short, and nobody shows an older one. */
@Controller('api/service-identities')
export class ServiceIdentitiesController {
  constructor(private readonly services: ServiceIdentitiesService) {}

  @Get()
  @AnyRole()
  list(): Promise<ServiceIdentityList> {
    return this.services.list();
  }

  @Post()
  @Roles('admin')
  create(
    @Body(new ZodPipe(serviceIdentityInputSchema)) input: ServiceIdentityInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ServiceIdentityList> {
    return this.services.create(input, person);
  }

  @Put()
  @Roles('admin')
  update(
    @Body(new ZodPipe(serviceIdentityInputSchema)) input: ServiceIdentityInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ServiceIdentityList> {
    return this.services.update(input, person);
  }

  @Delete()
  @Roles('admin')
  remove(
    @Query(new ZodPipe(serviceIdentityKeySchema)) key: ServiceIdentityKey,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<ServiceIdentityList> {
    return this.services.remove(key, person);
  }
}
