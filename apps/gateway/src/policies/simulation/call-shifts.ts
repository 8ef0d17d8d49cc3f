import type { OnCallShift } from '@holdpoint/approval';
import type { RotaRegistry } from '../../rotas/rota-registry.ts';

/**
 * Who was on call when recorded calls came, by the rotas as they are now. Calls come in the order of their
 * times, so most fall into the shift of the one before and cost no look at a calendar.
 */
export class CallShifts {
  readonly #latest = new Map<string, OnCallShift>();
  readonly #rotas: Pick<RotaRegistry, 'shift'>;

  constructor(rotas: Pick<RotaRegistry, 'shift'>) {
    this.#rotas = rotas;
  }

  /** A person key; `undefined` where nobody was. */
  personAt(rota: string, at: Date): string | undefined {
    const known = this.#latest.get(rota);
    if (known !== undefined && known.from <= at && at < known.to) return known.person;
    const shift = this.#rotas.shift(rota, at);
    if (shift !== undefined) this.#latest.set(rota, shift);
    return shift?.person;
  }
}
