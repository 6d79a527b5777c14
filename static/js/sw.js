// Keeps the hashed files, the offline page and the member's own code. Nothing else that is personal is ever stored.
const FILES = 'files-1', OWN = 'own-1';

self.addEventListener('install', event => event.waitUntil((async () => {
  const {assets} = await (await fetch('/offline/assets.json', {cache: 'no-cache'})).json();
  const cache = await caches.open(FILES);
  await cache.addAll([...assets, '/offline']);
  const wanted = new Set([...assets, '/offline']);
  for (const request of await cache.keys()) if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  await self.skipWaiting();
})()));

self.addEventListener('activate', event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== FILES && name !== OWN) await caches.delete(name);
  await self.clients.claim();
})()));

const page = async (request, path) => {
  try {
    const answer = await fetch(request);
    if (path === '/code') {
      const own = await caches.open(OWN);
      if (answer.ok && !answer.redirected) await own.put('/code', answer.clone());
      else if (answer.redirected || [401, 403].includes(answer.status)) await own.delete('/code');
    }
    return answer;
  } catch {
    return (path === '/code' && await caches.match('/code')) || await caches.match('/offline') || Response.error();
  }
};

self.addEventListener('fetch', event => {
  const {request} = event, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request, url.pathname));
  else if (url.pathname.startsWith('/static/')) event.respondWith(caches.match(request).then(kept => kept ?? fetch(request)));
});

self.addEventListener('message', event => {
  if (event.data?.type === 'forget') event.waitUntil(caches.delete(OWN));
});

// Something for the member. What it says comes encrypted; one note a page it leads to, so that they do not pile up.
self.addEventListener('push', event => {
  const {title, body, url = '/inbox'} = event.data?.json() ?? {};
  if (title) event.waitUntil(self.registration.showNotification(title, {body, tag: url, data: {url}, icon: '/static/img/icon-192.png'}));
});

self.addEventListener('notificationclick', event => {
  event.notification.close();
  const to = new URL(event.notification.data?.url ?? '/inbox', location.origin);
  if (to.origin !== location.origin) return;
  event.waitUntil((async () => {
    for (const client of await self.clients.matchAll({type: 'window'})) if (new URL(client.url).pathname === to.pathname) return client.focus();
    return self.clients.openWindow(to.href);
  })());
});
