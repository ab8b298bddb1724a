// The grid worker's phone: photos made smaller, where one stands, and reports that survive having no
// network. A report is kept on the phone (IndexedDB) under an id made here, sent until the server
// says that it has it, and then removed; the server takes each id once. Works without: as a form.
"use strict";

(() => {
  const STORE = "reports";
  const LONGEST_SIDE = 1600;
  const QUALITY = 0.82;
  const MOST_PHOTOS = 6;
  const AGAIN = 20000;
  const box = document.getElementById("outbox");
  const form = document.querySelector("form[data-outbox]");
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // ---- What is kept ----
  const opened = () =>
    new Promise((done, failed) => {
      const asked = indexedDB.open("baitong-field", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  const inStore = async (mode, work) => {
    const database = await opened();
    try {
      return await new Promise((done, failed) => {
        const change = database.transaction(STORE, mode, { durability: "strict" });
        const asked = work(change.objectStore(STORE));
        change.oncomplete = () => done(asked.result);
        change.onabort = change.onerror = () => failed(change.error || asked.error);
      });
    } finally {
      database.close();
    }
  };
  const all = async () =>
    (await inStore("readonly", (store) => store.getAll())).sort((one, other) => one.at - other.at);
  const put = (report) => inStore("readwrite", (store) => store.put(report));
  const drop = (id) => inStore("readwrite", (store) => store.delete(id));

  // ---- Photos: made smaller, and removable before they are sent ----
  const hex = () => crypto.randomUUID().replaceAll("-", "");
  const smaller = async (file) => {
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      return made && made.size < file.size ? made : file;
    } catch (error) {
      console.warn("the photo stays as it is", error);
      return file;
    }
  };
  const taken = [];
  const input = document.querySelector("form input[type=file]");
  const list = document.querySelector("[data-photos]");
  const show = () => {
    list.replaceChildren(
      ...taken.map((photo, place) => {
        const entry = document.createElement("li");
        const image = document.createElement("img");
        image.src = URL.createObjectURL(photo.blob);
        image.alt = say(list.dataset.name, { n: place + 1 });
        image.onload = () => URL.revokeObjectURL(image.src);
        const away = document.createElement("button");
        away.type = "button";
        away.className = "link-like";
        away.textContent = list.dataset.remove;
        away.setAttribute("aria-label", `${list.dataset.remove} ${place + 1}`);
        away.onclick = () => {
          taken.splice(place, 1);
          show();
          input.focus();
        };
        entry.append(image, away);
        return entry;
      }),
    );
  };
  if (input && list) {
    input.addEventListener("change", async () => {
      const chosen = [...input.files];
      if (form) input.value = "";
      for (const file of chosen) {
        if (taken.length >= MOST_PHOTOS) break;
        if (form) taken.push({ id: hex(), blob: await smaller(file) });
      }
      if (form) show();
    });
  }

  // ---- Where one stands ----
  document.querySelectorAll("[data-locate]").forEach((button) => {
    const told = document.querySelector("[data-located]");
    const own = button.form || button.closest("form");
    const locate = () =>
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          own.elements.lat.value = coords.latitude.toFixed(6);
          own.elements.lng.value = coords.longitude.toFixed(6);
          own.elements.accuracy.value = Math.min(100000, Math.round(coords.accuracy));
          told.textContent = say(button.dataset.found, { n: Math.round(coords.accuracy) });
        },
        () => {
          told.textContent = button.dataset.denied;
        },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
      );
    if (!("geolocation" in navigator)) button.hidden = true;
    button.addEventListener("click", locate);
    // Allowed before: there is nothing to ask.
    if (form && navigator.permissions) {
      navigator.permissions
        .query({ name: "geolocation" })
        .then((answer) => answer.state === "granted" && locate())
        .catch(() => {});
    }
  });
  // One tick opens its checklist's choice: what is found is found on that list.
  document.querySelectorAll(".checklist").forEach((checklist) =>
    checklist.addEventListener("change", (event) => {
      const choice = checklist.querySelector("input[type=radio]");
      if (event.target !== choice && event.target.checked) choice.checked = true;
    }),
  );
  if (!box || !("indexedDB" in window) || !window.crypto || !crypto.randomUUID) return;

  // ---- What waits, in words ----
  const words = box.dataset;
  const head = box.querySelector("h2");
  const note = box.querySelector(".outbox-note");
  const rows = box.querySelector("ul");
  const signIn = box.querySelector("[data-outbox-sign-in]");
  const button = (label, work) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "link-like";
    made.textContent = label;
    made.onclick = () => work(made);
    return made;
  };
  const render = async (text) => {
    const waiting = await all();
    box.hidden = !waiting.length && !text;
    head.textContent = waiting.length ? say(words.waiting, { n: waiting.length }) : text || "";
    const kept = navigator.onLine ? words.kept : `${words.offline}${"。"} ${words.kept}`;
    note.textContent = waiting.length ? text || kept : "";
    box.querySelector("[data-outbox-send]").hidden = !waiting.length;
    rows.replaceChildren(
      ...waiting.map((report) => {
        const entry = document.createElement("li");
        const title = document.createElement("strong");
        title.textContent = report.title;
        const more = document.createElement("span");
        const photos = report.photos.length ? say(words.photo, { n: report.photos.length }) : "";
        const at = new Date(report.at);
        const two = (number) => String(number).padStart(2, "0");
        more.textContent = [`${two(at.getHours())}:${two(at.getMinutes())}`, photos, report.problem]
          .filter(Boolean)
          .join(" · ");
        entry.append(title, " ", more, " ");
        entry.append(button(words.edit, () => location.assign(`/field/new#${report.id}`)), " ");
        entry.append(
          button(words.drop, async (own) => {
            if (own.textContent !== words.really) {
              own.textContent = words.really;
              return;
            }
            await drop(report.id);
            render();
          }),
        );
        return entry;
      }),
    );
    return waiting;
  };

  // ---- Sending ----
  class SignedOut extends Error {}
  class Refused extends Error {
    // With the number of a report the server has and no longer changes.
    constructor(why, number = "") {
      super(why);
      this.number = number;
    }
  }
  const post = async (address, body) => {
    const answer = await fetch(address, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
    if (answer.redirected || answer.status === 401) throw new SignedOut();
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    const passing = answer.status >= 500 || answer.status === 429 || answer.status === 400;
    if (passing) throw new Error(`answered ${answer.status}`);
    const errors = (told.errors || []).map((one) => [one.reason, one.remedy].filter(Boolean).join("："));
    throw new Refused(errors.join("；") || told.title || String(answer.status), told.number);
  };
  const whoAmI = async () => {
    const answer = await fetch("/field/outbox", {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
    });
    if (answer.redirected || answer.status === 401 || answer.status === 403) throw new SignedOut();
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return answer.json();
  };
  // What was edited while it was being sent is another by now, and waits for its own turn.
  const settle = async (report, problem = "") => {
    const kept = (await all()).find((one) => one.id === report.id);
    if (!kept || kept.at !== report.at) return;
    await (problem ? put({ ...report, problem }) : drop(report.id));
  };
  const tell = async (report, me) => {
    const body = new FormData();
    for (const [name, value] of report.fields) body.append(name, value);
    body.append("photos", report.photos.length);
    body.append("csrf_token", me.csrf_token);
    if (report.edited) body.append("edited", "true");
    try {
      return { number: (await post("/field/reports/files", body)).number, text: words.sent };
    } catch (error) {
      if (!error.number) throw error;
      return { number: error.number, text: words.stands, stands: true };
    }
  };
  const send = async (report, me) => {
    const { number, text, stands } = await tell(report, me);
    for (const photo of report.photos) {
      const one = new FormData();
      one.append("id", photo.id);
      one.append("csrf_token", me.csrf_token);
      one.append("file", photo.blob, "photo.jpg");
      await post(`/field/reports/${number}/files`, one);
    }
    await settle(report);
    return { text: say(text, { number }), stands };
  };
  let busy = false;
  let more = false;
  let timer = 0;
  const flush = async () => {
    more = busy;
    if (busy) return;
    busy = true;
    let text = "";
    const standing = [];
    try {
      const waiting = await render();
      if (!waiting.length) return;
      note.textContent = words.sending;
      const me = await whoAmI();
      signIn.hidden = true;
      for (const report of waiting) {
        if (report.user !== me.username) {
          await settle(report, say(words.other, { user: report.user }));
          continue;
        }
        try {
          const sent = await send(report, me);
          if (sent.stands) standing.push(sent.text);
          else text = sent.text;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          await settle(report, say(words.refused, { why: error.message }));
        }
      }
    } catch (error) {
      const out = error instanceof SignedOut;
      signIn.hidden = !out;
      text = out ? words.signedOut : navigator.onLine ? words.again : "";
      if (!out) console.warn("sending later", error);
    } finally {
      busy = false;
      const left = await render([...standing, text].filter(Boolean).join(" "));
      clearTimeout(timer);
      if (left.length) timer = setTimeout(flush, more ? 0 : AGAIN);
    }
  };

  // ---- The form ----
  const LEFT_OUT = new Set(["csrf_token", "file", "photos"]);
  const titleOf = () => {
    const named = (name) => form.querySelector(`input[name=${name}]:checked + span`)?.textContent || "";
    const kind = form.elements.kind.value;
    return [named("kind"), kind === "hazard" ? named("category") : "", form.elements.place.value]
      .filter(Boolean)
      .join(" ");
  };
  if (form) {
    let mine = form.elements.id.value;
    // A page kept on the phone brings the same id every time: each report gets its own.
    mine = crypto.randomUUID();
    const edited = location.hash.slice(1);
    let again = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation(); // baitong.js guards forms that leave the page
      if (form.dataset.keeping) return;
      form.dataset.keeping = "1";
      form.elements.id.value = mine;
      form.elements.seen_at.value ||= new Date().toISOString();
      const kind = form.elements.kind.value;
      const belongs = (name) =>
        (name !== "category" || kind === "hazard") &&
        (!["care", "answers"].includes(name) || kind === "visit") &&
        (!["checklist", "found"].includes(name) || kind !== "hazard");
      const fields = [...new FormData(form)].filter(
        ([name, value]) => !LEFT_OUT.has(name) && value !== "" && belongs(name),
      );
      const report = {
        id: mine,
        user: words.user,
        title: titleOf(),
        at: Date.now(),
        fields,
        photos: taken.map(({ id, blob }) => ({ id, blob })),
        problem: "",
        edited: again,
      };
      try {
        await put(report);
      } catch (error) {
        console.warn("not kept", error);
        delete form.dataset.keeping;
        box.hidden = false;
        head.textContent = words.noRoom;
        return;
      }
      await flush();
      const left = (await all()).find((one) => one.id === mine);
      delete form.dataset.keeping;
      if (left && left.problem) {
        box.scrollIntoView();
        return;
      }
      // Sent or kept: the form begins anew, and the top of the page says which.
      form.reset();
      for (const name of ["lat", "lng", "accuracy", "seen_at"]) form.elements[name].value = "";
      taken.length = 0;
      show();
      mine = crypto.randomUUID();
      again = false;
      history.replaceState(null, "", location.pathname);
      box.hidden = false;
      box.tabIndex = -1;
      box.focus();
      box.scrollIntoView();
    });
    // From the list on this page to the form on it only the fragment is another.
    window.addEventListener("hashchange", () => location.reload());
    if (edited) {
      all().then((kept) => {
        const report = kept.find((one) => one.id === edited);
        if (!report) return;
        mine = report.id;
        again = true; // it may have been sent before, and only the answer was lost
        for (const [name, value] of report.fields) {
          for (const element of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
            if (["radio", "checkbox"].includes(element.type)) element.checked ||= element.value === value;
            else element.value = value;
          }
        }
        taken.push(...report.photos);
        show();
      });
    }
  }

  // ---- Signing out forgets what is kept: ask before ----
  document.addEventListener(
    "submit",
    async (event) => {
      const leaving = event.target;
      if (leaving.getAttribute("action") !== "/sign-out" || leaving.dataset.asked) return;
      event.preventDefault();
      event.stopPropagation();
      const waiting = await all().catch(() => []);
      leaving.dataset.asked = "1";
      if (!waiting.length) {
        leaving.requestSubmit();
        return;
      }
      await render(say(words.leave, { n: waiting.length }));
      box.scrollIntoView();
    },
    true,
  );

  box.querySelector("[data-outbox-send]").addEventListener("click", flush);
  window.addEventListener("online", flush);
  window.addEventListener("offline", () => render());
  document.addEventListener("visibilitychange", () => document.hidden || flush());
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker
      .register("/field/worker.js", { scope: "/field" })
      .catch((error) => console.warn("reports need the network here", error));
  }
  flush();
})();
