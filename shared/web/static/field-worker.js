// The service worker of /field. KEPT, above, is written by the server: a version, files, pages.
// Pages come from the network first; without one the report form and a page that says so are shown.
// The day's lists are never kept: nothing here names a whole person.
"use strict";

const CACHE = `field-${KEPT.version}`;
const [OFFLINE, FORM] = KEPT.pages;

const keep = async (cache, address) => {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-cache" });
  // A page of somebody who is signed out leads to the sign-in page: that is not the form.
  if (answer.ok && !answer.redirected) await cache.put(address, answer);
};

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await Promise.all([...KEPT.files, ...KEPT.pages].map((address) => keep(cache, address)));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("field-") && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

const page = async (request, path) => {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (path === FORM && request.method === "GET" && answer.ok && !answer.redirected) {
      await cache.put(FORM, answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = path === FORM ? await cache.match(FORM) : undefined;
    return kept || (await cache.match(OFFLINE)) || Response.error();
  }
};

const file = async (request) => {
  const kept = await (await caches.open(CACHE)).match(request);
  return kept || fetch(request);
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && (url.pathname === "/field" || url.pathname === FORM)) {
    event.respondWith(page(request, url.pathname));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(file(request));
  }
});
