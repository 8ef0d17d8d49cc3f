import {
  notificationPreferenceSchema,
  type NotificationPreference,
  type NotificationPreferenceState,
} from '@holdpoint/contracts';
import { Body, Controller, Get, Put } from '@nestjs/common';
import { AnyRole, CurrentPerson } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { NotificationPreferences } from './notification-preferences.service.ts';

/** A person's own; nobody else's can be read or changed. */
@Controller('api/notification-preference')
export class NotificationPreferencesController {
  constructor(private readonly preferences: NotificationPreferences) {}

  @Get()
  @AnyRole()
  get(@CurrentPerson() person: SignedInPerson): Promise<NotificationPreferenceState> {
    return this.preferences.get(person);
  }

  @Put()
  @AnyRole()
  put(
    @Body(new ZodPipe(notificationPreferenceSchema)) preference: NotificationPreference,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<NotificationPreferenceState> {
    return this.preferences.put(preference, person);
  }
}
