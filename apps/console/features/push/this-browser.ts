import { pushStateSchema, type PushSays, type PushState } from '@holdpoint/contracts';
import { get, send } from '../../lib/api.ts';

/** What this browser can do, before anything is asked of the person. */
export type PushAbility = 'insecure' | 'unsupported' | NotificationPermission;

export function pushAbility(): PushAbility {
  if (!window.isSecureContext) return 'insecure';
  const has = 'PushManager' in window && 'Notification' in window && 'serviceWorker' in navigator;
  return has ? Notification.permission : 'unsupported';
}

/** The browser's own subscription, whoever it is for; with the hash by which the gateway names it. */
export interface OwnSubscription {
  readonly subscription: PushSubscription;
  readonly hash: string;
}

export async function ownSubscription(): Promise<OwnSubscription | null> {
  if (pushAbility() === 'insecure' || pushAbility() === 'unsupported') return null;
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = (await registration?.pushManager.getSubscription()) ?? null;
  return subscription && { subscription, hash: await hashOf(subscription.endpoint) };
}

async function hashOf(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whom this browser tells, as its person chose it here: what is lost by itself is mended by it. */
interface Chosen {
  readonly person: string;
  readonly says: PushSays;
  readonly hash: string;
}

const CHOSEN_KEY = 'holdpoint.push';

export function chosenHere(): Chosen | null {
  try {
    const [person, says, hash] = (localStorage.getItem(CHOSEN_KEY) ?? '').split('\n');
    if (person === undefined || hash === undefined) return null;
    return { person, says: says === 'sentence' ? says : 'bare', hash };
  } catch {
    return null;
  }
}

function keepChosen(chosen: Chosen | null): void {
  try {
    if (chosen === null) localStorage.removeItem(CHOSEN_KEY);
    else localStorage.setItem(CHOSEN_KEY, [chosen.person, chosen.says, chosen.hash].join('\n'));
  } catch {
    // Storage may be forbidden: then what is lost by itself is subscribed again by hand.
  }
}

/** Subscribes this browser for the person, or says it anew; the permission was given before. */
export async function subscribeHere(
  person: string,
  publicKey: string,
  says: PushSays,
): Promise<PushState> {
  const registration = await navigator.serviceWorker.ready;
  const before = await ownSubscription();
  const isUsable = before !== null && isSubscribedWith(before.subscription, publicKey);
  // With another key the browser would refuse a second one.
  if (before !== null && !isUsable) await before.subscription.unsubscribe();
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const subscription = isUsable
    ? before.subscription
    : await registration.pushManager.subscribe(options);
  const { endpoint, keys } = subscription.toJSON();
  const body = {
    ...{ endpoint, p256dh: keys?.['p256dh'], auth: keys?.['auth'], publicKey, says },
    label: labelOf(navigator.userAgent),
    replaces: before === null ? (chosenHere()?.hash ?? null) : before.hash,
  };
  const state = await send('PUT', '/api/push/browsers', body, pushStateSchema);
  keepChosen({ person, says, hash: await hashOf(subscription.endpoint) });
  return state;
}

export function isSubscribedWith({ options }: PushSubscription, publicKey: string): boolean {
  const key = options.applicationServerKey;
  if (key === null) return false;
  const binary = String.fromCharCode(...new Uint8Array(key));
  const text = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return text === publicKey;
}

/** This browser tells nobody any more. What can't be said to the gateway it learns from the push service. */
export async function endHere(): Promise<void> {
  try {
    keepChosen(null);
    const own = await ownSubscription();
    if (own === null) return;
    await own.subscription.unsubscribe();
    const { browsers } = await get('/api/push', pushStateSchema);
    const known = browsers.find(({ endpointHash }) => endpointHash === own.hash);
    if (known) await send('DELETE', `/api/push/browsers/${known.id}`, {}, pushStateSchema);
  } catch {
    // Signing out must not fail by it.
  }
}

/** What to call it in a list of one's browsers; the first that fits, as most claim to be several. */
export function labelOf(userAgent: string): string {
  const find = (names: readonly (readonly [string, RegExp])[]) =>
    names.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const browser = find([
    ['Edge', /\bEdg/],
    ['Opera', /\bOPR\//],
    ['Firefox', /\bFirefox\/|\bFxiOS\//],
    ['Chrome', /\bChrome\/|\bCriOS\//],
    ['Safari', /\bSafari\//],
  ]);
  const system = find([
    ['Android', /\bAndroid\b/],
    ['iPhone or iPad', /\biPhone\b|\biPad\b/],
    ['Windows', /\bWindows\b/],
    ['macOS', /\bMac OS X\b/],
    ['Linux', /\bLinux\b/],
  ]);
  return `${browser ?? 'A browser'}${system === undefined ? '' : ` on ${system}`}`;
}
