import { Module } from '@nestjs/common';
import { NumbersController } from './numbers.controller.ts';
import { NumbersService } from './numbers.service.ts';

/** Figures for the team, counted from approvals and verdicts. */
@Module({ controllers: [NumbersController], providers: [NumbersService] })
export class NumbersModule {}
