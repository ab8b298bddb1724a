// The desk: items are found as one types, and a paper is printed by a key. Pages work without this.
"use strict";

(() => {
  // <input data-find="/desk/new/find" data-into="found">: what fits is asked for as one types.
  const WAIT = 150;
  document.querySelectorAll("input[data-find]").forEach((input) => {
    const into = document.getElementById(input.dataset.into);
    let waiting = 0;
    let asked = input.value;
    let asking = Promise.resolve();
    // Whoever asks for the same words again waits for the same answer.
    const ask = () => {
      if (input.value !== asked) asking = look((asked = input.value));
      return asking;
    };
    const look = async (text) => {
      const url = `${input.dataset.find}?${new URLSearchParams(new FormData(input.form))}`;
      try {
        const answer = await fetch(url, {
          headers: { Accept: "text/html", "X-Fragment": "1" },
          credentials: "same-origin",
        });
        if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
        const found = await answer.text();
        if (asked === text) into.innerHTML = found;
      } catch (error) {
        console.warn("finding failed; Enter still works", error);
        if (asked === text) into.replaceChildren();  // what stood there answers something else
      }
    };
    input.addEventListener("input", (event) => {
      if (event.isComposing) return;
      clearTimeout(waiting);
      waiting = setTimeout(ask, WAIT);
    });
    input.addEventListener("compositionend", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, WAIT);
    });
    // Down goes to the first thing found; up and down walk on; Enter opens the first.
    const walk = (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const all = [...into.querySelectorAll("a[href]")];
      const here = all.indexOf(document.activeElement);
      const next = here + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) input.focus();
      else if (all[next]) all[next].focus();
      else return;
      event.preventDefault();
    };
    const open = async (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && input.value.trim()) {
        event.preventDefault();
        clearTimeout(waiting);
        await ask();
        const first = into.querySelector("ul.found a[href]");
        if (first) first.click();
        else input.form.requestSubmit();
      } else if (!input.value && /^[0-9]$/.test(event.key)) {
        // Nobody begins to look for something by a digit: it opens what has that key.
        const link = document.querySelector(`a[data-key="${event.key}"]`);
        if (!link) return;
        event.preventDefault();
        link.click();
      }
    };
    input.addEventListener("keydown", walk);
    input.addEventListener("keydown", open);
    into.addEventListener("keydown", walk);
  });

  // The promised minutes: which lamp is shown, and its number.
  const box = document.querySelector("[data-clock]");
  let until = null;
  const showClock = () => {
    if (!box) return;
    const left = until === null ? null : (until - Date.now()) / 1000;
    const state = left === null ? "none" : left > 120 ? "ok" : left > 0 ? "soon" : "over";
    box.querySelectorAll("[data-lamp]").forEach((lamp) => {
      lamp.hidden = lamp.dataset.lamp !== state;
      const words = lamp.firstElementChild.lastChild;
      if (!lamp.hidden && left > 0) words.textContent = words.textContent.replace(/\d+/, Math.ceil(left / 60));
    });
  };
  const setClock = (left) => {
    until = left === null || left === undefined ? null : Date.now() + left * 1000;
    showClock();
  };
  if (box) {
    setClock(box.dataset.left === undefined ? null : Number(box.dataset.left));
    setInterval(showClock, 5000);
  }

  // <form data-draft="/desk/drafts/…">: what is typed is kept on the server every few seconds.
  const PAUSE = 2000;
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const told = form.querySelector(".draft-told");
    let waiting = 0;
    let dirty = false;
    let sent = false;
    const keep = async (leaving = false) => {
      clearTimeout(waiting);
      if (!dirty || sent) return;
      dirty = false;
      try {
        const answer = await fetch(form.dataset.draft, {
          method: "POST",
          body: new URLSearchParams(new FormData(form)),
          headers: { Accept: "application/json", "X-Fragment": "1" },
          credentials: "same-origin",
          keepalive: leaving,
        });
        if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
        const kept = await answer.json();
        if (kept.saved) told.textContent = `${form.dataset.savedText} ${kept.saved}`;
        setClock(kept.left);
      } catch (error) {
        dirty = true;
        told.textContent = form.dataset.unsavedText;
        console.warn("the draft was not kept", error);
        if (!leaving) waiting = setTimeout(keep, PAUSE * 5);
      }
    };
    const changed = (event) => {
      if (event.target.form !== form) return;
      dirty = true;
      clearTimeout(waiting);
      // A tick may complete the materials, which starts a clock: it is told at once.
      waiting = setTimeout(keep, event.target.type === "checkbox" ? 0 : PAUSE);
    };
    document.addEventListener("input", changed);
    form.addEventListener("submit", () => {
      sent = true;
    });
    window.addEventListener("pageshow", () => {
      sent = false;
    });
    window.addEventListener("pagehide", () => keep(true));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) keep(true);
    });
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // Ctrl+Enter sends the form one is writing in; Enter alone makes a new line in a long text.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const form = event.target.closest("form");
    if (!form || form.method !== "post") return;
    const part = event.target.closest("details");
    form.requestSubmit((part && part.querySelector("button[name=decision]")) || undefined);
  });
})();
