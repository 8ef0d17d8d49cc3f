import {
  recordedCallQuerySchema,
  simulationInputSchema,
  trialInputSchema,
  type Observed,
  type RecordedCall,
  type RecordedCallQuery,
  type SimulationInput,
  type Suggestions,
  type TrialInput,
  type TrialResult,
} from '@holdpoint/contracts';
import { Body, Controller, Get, HttpCode, Post, Query, StreamableFile } from '@nestjs/common';
import { CurrentPerson, Roles } from '../../identity/access.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { ZodPipe } from '../../platform/zod.pipe.ts';
import { ObservedService } from './observed.service.ts';
import { RecordedCallList } from './recorded-call-list.ts';
import { Simulations } from './simulations.service.ts';
import { SuggestionsService } from './suggestions.service.ts';
import { Trials } from './trial.service.ts';

const LINES = { type: 'application/x-ndjson; charset=utf-8' };

@Controller('api/policy')
export class SimulationController {
  constructor(
    private readonly simulations: Simulations,
    private readonly trials: Trials,
    private readonly calls: RecordedCallList,
    private readonly history: SuggestionsService,
    private readonly watched: ObservedService,
  ) {}

  @Post('simulations')
  @HttpCode(200)
  @Roles('admin')
  async simulate(
    @Body(new ZodPipe(simulationInputSchema, { withNul: true })) input: SimulationInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<StreamableFile> {
    return new StreamableFile(await this.simulations.start(input, person), LINES);
  }

  @Post('try')
  @HttpCode(200)
  @Roles('admin')
  attempt(
    @Body(new ZodPipe(trialInputSchema, { withNul: true })) input: TrialInput,
    @CurrentPerson() person: SignedInPerson,
  ): Promise<TrialResult> {
    return this.trials.attempt(input, person);
  }

  @Get('calls')
  @Roles('admin')
  recorded(
    @Query(new ZodPipe(recordedCallQuerySchema)) query: RecordedCallQuery,
  ): Promise<{ items: RecordedCall[]; next: string | null }> {
    return this.calls.page(query);
  }

  @Get('suggestions')
  @Roles('admin')
  suggestions(): Promise<Suggestions> {
    return this.history.suggestions();
  }

  @Get('observed')
  @Roles('admin')
  observed(): Promise<Observed> {
    return this.watched.observed();
  }
}
