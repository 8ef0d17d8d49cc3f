import { numbersQuerySchema, type Numbers } from '@holdpoint/contracts';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import type { z } from 'zod';
import { AnyRole } from '../identity/access.ts';
import { ZodPipe } from '../platform/zod.pipe.ts';
import { numbersCsv } from './numbers-csv.ts';
import { NumbersService } from './numbers.service.ts';

type NumbersQuery = z.infer<typeof numbersQuerySchema>;

@Controller('api')
export class NumbersController {
  constructor(private readonly numbers: NumbersService) {}

  @Get('numbers')
  @AnyRole()
  read(@Query(new ZodPipe(numbersQuerySchema)) { days }: NumbersQuery): Promise<Numbers> {
    return this.numbers.of(days);
  }

  @Get('numbers.csv')
  @AnyRole()
  async csv(
    @Query(new ZodPipe(numbersQuerySchema)) { days }: NumbersQuery,
  ): Promise<StreamableFile> {
    return new StreamableFile(Buffer.from(numbersCsv(await this.numbers.of(days))), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="holdpoint-numbers-${days}-days.csv"`,
    });
  }
}
