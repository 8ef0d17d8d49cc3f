/**
 * The console's service worker: what makes it installable, an honest page without a connection, what
 * is pushed while no window is open, and the click on a notification. INVARIANT: it stores these two files and nothing else. No page, no
 * answer of the API, no verdict to send later: what is decided is decided by what the gateway shows now.
 */
const CACHE = 'holdpoint-offline-1';
const FILES = ['/offline.html', '/offline.css'];

self.addEventListener('install', (event) => {
  const stored = caches.open(CACHE).then((cache) => cache.addAll(FILES));
  event.waitUntil(stored.then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const old = caches
    .keys()
    .then((names) =>
      Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))),
    );
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  const instead =
    request.mode === 'navigate' ? '/offline.html' : pathname === '/offline.css' ? pathname : null;
  // Everything else goes to the network as if there were no worker.
  if (instead === null) return;
  event.respondWith(
    fetch(request).catch(async () => (await caches.match(instead)) ?? Response.error()),
  );
});

self.addEventListener('push', (event) => event.waitUntil(tell(event.data)));

/**
 * INVARIANT: whatever was pushed, what is shown is called Holdpoint, is a text, and leads to a page of
 * this origin. Something is shown for every push, as browsers demand it.
 */
async function tell(data) {
  const said = read(data);
  const text = (value, instead) => (typeof value === 'string' ? value.slice(0, 2000) : instead);
  const isId = typeof said.approval === 'string' && /^[0-9a-f-]{36}$/.test(said.approval);
  await self.registration.showNotification(
    `Holdpoint: ${text(said.headline, 'look at the inbox').slice(0, 100)}`,
    {
      body: text(said.body, ''),
      tag: text(said.tag, 'holdpoint').slice(0, 100),
      icon: '/icon-192.png',
      data: { path: isId ? `/inbox/${said.approval}` : '/inbox' },
      renotify: said.alert === 'again',
      silent: said.alert === 'silent',
    },
  );
}

function read(data) {
  try {
    return Object(data.json());
  } catch {
    return {};
  }
}

/** The browser got another address: told where somebody is signed in, else when the console is opened. */
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renew(event.oldSubscription, event.newSubscription).catch(() => undefined));
});

async function renew(before, after) {
  if (!before) return;
  const get = async (path) => (await fetch(path, { credentials: 'same-origin' })).json();
  const [{ publicKey, browsers }, { csrfToken }] = [await get('/api/push'), await get('/api/me')];
  const replaces = await hashOf(before.endpoint);
  const known = browsers.find(({ endpointHash }) => endpointHash === replaces);
  if (known === undefined || publicKey === null) return;
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const { endpoint, keys } = (
    after ?? (await self.registration.pushManager.subscribe(options))
  ).toJSON();
  const { label, says } = known;
  await fetch('/api/push/browsers', {
    method: 'PUT',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify({ endpoint, ...keys, publicKey, label, says, replaces }),
  });
}

async function hashOf(endpoint) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const path = String(event.notification.data?.path ?? '');
  event.waitUntil(open(path.startsWith('/inbox') ? path : '/inbox'));
});

/** A window that already shows it, else a new one: what somebody has open never moves. */
async function open(path) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = windows.find(({ url }) => new URL(url).pathname === path);
  return there === undefined ? self.clients.openWindow(path) : there.focus();
}
