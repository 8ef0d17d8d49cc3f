'use client';

import { pushStateSchema, type Me } from '@holdpoint/contracts';
import { useEffect } from 'react';
import { get } from '../../lib/api.ts';
import {
  chosenHere,
  endHere,
  isSubscribedWith,
  ownSubscription,
  pushAbility,
  subscribeHere,
} from './this-browser.ts';

/** What browsers and push services drop by themselves is subscribed again, where its person chose it. */
export function usePushRepair(me: Me | undefined): void {
  const person = me !== undefined && me.roles.length > 0 ? me.person.key : null;
  useEffect(() => {
    if (person !== null) void repair(person).catch(() => undefined);
  }, [person]);
}

async function repair(person: string): Promise<void> {
  const chosen = chosenHere();
  if (chosen === null || pushAbility() !== 'granted') return;
  // Somebody else signs in here: what is told belongs to whoever left.
  if (chosen.person !== person) return endHere();
  const { publicKey, browsers } = await get('/api/push', pushStateSchema);
  const own = await ownSubscription();
  const isListed = browsers.some(({ endpointHash }) => endpointHash === own?.hash);
  if (isListed || publicKey === null) return;
  // Still the very one that was chosen, and yet not listed: it was removed from elsewhere.
  if (own?.hash === chosen.hash && isSubscribedWith(own.subscription, publicKey)) return endHere();
  await subscribeHere(person, publicKey, chosen.says);
}
