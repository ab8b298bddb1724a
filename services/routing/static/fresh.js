// Lists that are kept fresh, and rows that are chosen. The pages work without this file.
"use strict";

(() => {
  // -- choosing rows: x, all, and how many are chosen ---------------------------------------------
  const boxes = () => [...document.querySelectorAll("input[type=checkbox][name=orders]")];
  const countPicked = () => {
    const line = document.querySelector("[data-picked]");
    if (line) line.textContent = line.dataset.picked.replace("{n}", boxes().filter((box) => box.checked).length);
  };
  const rowInHand = () => {
    const active = document.activeElement;
    const row = active instanceof Element ? active.closest("tr[data-order]") : null;
    return row || document.querySelector("tr[data-order][aria-current]") || document.querySelector("tr[data-order]");
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-pick]")) {
      const row = rowInHand();
      const box = row && row.querySelector("input[name=orders]");
      if (box) {
        box.checked = !box.checked;
        row.querySelector("a[href]").focus({ preventScroll: true });
      }
      countPicked();
    } else if (event.target.closest("[data-pick-all]")) {
      const all = boxes();
      const some = all.some((box) => !box.checked);
      all.forEach((box) => (box.checked = some));
      countPicked();
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[name=orders]")) countPicked();
  });
  window.addEventListener("pageshow", countPicked);

  // -- keys of acts that are folded away ----------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    const folded = document.querySelectorAll("details.more:not([open]) [data-key]");
    const wanted = [...folded].find((act) => act.dataset.key === event.key.toLowerCase());
    if (!wanted) return;
    event.preventDefault();
    wanted.closest("details").open = true;
    wanted.click();
  });

  // -- keeping fresh ------------------------------------------------------------------------------
  const root = document.querySelector("[data-fresh]");
  if (!root) return;
  const news = root.querySelector(".news");
  const every = Math.max(5, Number(root.dataset.every) || 20) * 1000;
  const known = new Set([...document.querySelectorAll("[data-order]")].map((row) => row.dataset.order));
  const newest = () =>
    [...document.querySelectorAll("[data-since]")].reduce((most, row) => (row.dataset.since > most ? row.dataset.since : most), "");
  let since = newest();
  let mark = "";
  let failures = 0;
  let unseen = 0;
  let waiting = 0;

  const say = (text, stale) => {
    news.classList.toggle("news--stale", stale);
    if (news.textContent !== text) news.textContent = text;
  };

  // What has the focus, said so that it can be found again in what replaces it.
  const markOf = (element) => {
    if (element.matches("a[href]")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
    if (element.matches("input[name=orders]")) return `input[value="${CSS.escape(element.value)}"]`;
    if (element.matches("button[data-key]")) return `button[data-key="${CSS.escape(element.dataset.key)}"]`;
    const form = element.closest("form[action]");
    return form ? `form[action="${CSS.escape(form.getAttribute("action"))}"] button` : "";
  };
  const writing = (part) => {
    const active = document.activeElement;
    if (!part.contains(active)) return false;
    return active.matches("input:not([type=checkbox]):not([type=hidden]), textarea, select");
  };
  const selecting = (part) => {
    const chosen = window.getSelection();
    return Boolean(chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode));
  };

  // Replaces one part; focus, chosen rows and opened details stay. False where somebody is at it.
  const replace = (part, fresh) => {
    if (part.innerHTML === fresh.innerHTML) return true;
    if (writing(part) || selecting(part)) return false;
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    const again = active ? markOf(active) : "";
    const row = active ? active.closest("[data-order], tr") : null;
    const place = row ? [...row.parentElement.children].indexOf(row) : -1;
    const picked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
    part.replaceChildren(...fresh.childNodes);
    for (const box of part.querySelectorAll("input[name=orders]")) box.checked = picked.has(box.value);
    if (active) {
      const rows = part.querySelectorAll("tbody tr, li[data-order]");
      const near = rows.length ? rows[Math.min(Math.max(place, 0), rows.length - 1)].querySelector("a[href]") : null;
      const found = (again && part.querySelector(again)) || near;
      if (found) found.focus({ preventScroll: true });
    }
    return true;
  };

  const announce = () => {
    for (const row of document.querySelectorAll("[data-order]")) {
      if (known.has(row.dataset.order)) continue;
      known.add(row.dataset.order);
      if (row.dataset.since > since) {
        unseen += 1;
        row.classList.add("is-new");
      }
    }
    since = newest() > since ? newest() : since;
    if (unseen) say(unseen === 1 ? root.dataset.one : root.dataset.many.replace("{n}", unseen), false);
  };

  const refresh = async () => {
    clearTimeout(waiting);
    if (document.hidden) return; // asked again as soon as somebody looks
    try {
      const headers = { Accept: "text/html", "X-Fragment": "1", "X-Baitong-Live": "1" };
      if (mark) headers["If-None-Match"] = mark;
      const answer = await fetch(root.dataset.fresh, { headers, credentials: "same-origin", cache: "no-store" });
      if (answer.status !== 304) {
        if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
        const given = new DOMParser().parseFromString(await answer.text(), "text/html");
        let all = true;
        for (const fresh of given.querySelectorAll("[data-part]")) {
          const part = document.querySelector(`[data-part="${CSS.escape(fresh.dataset.part)}"]`);
          if (part && !replace(part, fresh)) all = false;
        }
        mark = all ? answer.headers.get("ETag") || "" : "";
        announce();
        countPicked();
      }
      if (failures) say("", false);
      failures = 0;
    } catch (error) {
      failures += 1;
      console.warn("keeping fresh failed", root.dataset.fresh, error);
      say(root.dataset.stale, true);
    }
    waiting = setTimeout(refresh, every * Math.min(6, 1 + failures));
  };
  waiting = setTimeout(refresh, every);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  // Whoever goes into the list has seen what was announced.
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest("[data-part]") || !unseen) return;
    unseen = 0;
    say("", false);
  });
})();
