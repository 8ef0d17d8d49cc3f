import {
  rotaInputSchema,
  rotaUpdateSchema,
  type ChainAlarmList,
  type RotaInput,
  type RotaList,
  type RotaUpdate,
} from '@holdpoint/contracts';
import { Body, Controller, Delete, Get, Param, Post, Put } from '@nestjs/common';
import { AnyRole, CurrentPerson, Roles } from '../identity/access.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { ChainWatch } from './chain-watch.ts';
import { RotasService } from './rotas.service.ts';

/** Every write answers with the whole list: it is short, and nobody shows an older one. */
@Controller('api')
export class RotasController {
  constructor(
    private readonly rotas: RotasService,
    private readonly watch: ChainWatch,
  ) {}

  @Get('rotas')
  @AnyRole()
  list(): Promise<RotaList> {
    return this.rotas.list();
  }

  @Post('rotas')
  @Roles('admin')
  create(
    @Body(new ZodPipe(rotaInputSchema)) input: RotaInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<RotaList> {
    return this.rotas.create(input, person);
  }

  @Put('rotas/:name')
  @Roles('admin')
  update(
    @Param('name') name: string,
    @Body(new ZodPipe(rotaUpdateSchema)) input: RotaUpdate,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<RotaList> {
    return this.rotas.update(name, input, person);
  }

  @Delete('rotas/:name')
  @Roles('admin')
  remove(@Param('name') name: string, @CurrentPerson() person: SignedInPerson): Promise<RotaList> {
    return this.rotas.remove(name, person);
  }

  @Get('chain-alarms')
  @Roles('admin')
  alarms(): Promise<ChainAlarmList> {
    return this.watch.alarms();
  }
}
