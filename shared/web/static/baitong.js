// Keyboard, live lists and row walking. Every page works without this file.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");

  const typing = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select"));

  // Keys: data-key="a" on a link or button clicks it; on a field, goes into it.
  // What a closed <details> holds has a place, but nobody sees it.
  const visible = (element) =>
    element.checkVisibility ? element.checkVisibility() : element.getClientRects().length > 0;
  // A <details> opened by its key: the next key goes into its first field.
  const enter = (details) => {
    if (!details || !details.open) return;
    const field = details.querySelector("input:not([type=hidden]), select, textarea");
    if (field) field.focus();
  };
  const press = (key) => {
    const wanted = key.length === 1 ? key.toLowerCase() : key;
    const found = [...document.querySelectorAll("[data-key]")].find(
      (element) => element.dataset.key === wanted && visible(element),
    );
    if (!found) return false;
    if (typing(found)) {
      found.focus();
      if (found.select) found.select();
    } else {
      found.click();
      enter(found.closest("summary")?.parentElement);
    }
    return true;
  };

  // Sections: the leader shows their letters, the next letter opens one; any other key lets it be.
  const sections = document.querySelector("nav.sections");
  const current = sections && sections.querySelector("[aria-current]");
  if (current) {
    const row = current.closest("ul");
    row.scrollLeft = current.parentElement.offsetLeft - row.offsetLeft - (row.clientWidth - current.clientWidth) / 2;
  }
  const choosing = (on) => sections.classList.toggle("sections--choosing", on);
  const go = (key) => {
    if (!sections) return false;
    const wanted = key.toLowerCase();
    if (!sections.classList.contains("sections--choosing")) {
      if (wanted === sections.dataset.leader) choosing(true);
      return wanted === sections.dataset.leader;
    }
    if (["Shift", "CapsLock"].includes(key)) return false;
    choosing(false);
    const link = sections.querySelector(`a[data-go="${CSS.escape(wanted)}"]`);
    if (link) link.click();
    return Boolean(link) || wanted === sections.dataset.leader;
  };

  const listKeys = () => {
    const box = document.getElementById("keys");
    if (!box) return false;
    box.hidden = !box.hidden;
    if (box.hidden) return true;
    const list = box.querySelector("ul");
    list.replaceChildren();
    for (const element of document.querySelectorAll("[data-key]")) {
      if (!visible(element)) continue;
      const entry = document.createElement("li");
      const key = document.createElement("kbd");
      key.textContent = element.dataset.key.length === 1 ? element.dataset.key.toUpperCase() : element.dataset.key;
      const label = element.id ? document.querySelector(`label[for="${CSS.escape(element.id)}"]`) : null;
      const words = (label || element).cloneNode(true);
      words.querySelectorAll("kbd").forEach((inner) => inner.remove());
      entry.append(key, ` ${words.textContent.trim()}`);
      list.append(entry);
    }
    for (const link of sections ? sections.querySelectorAll("a[data-go]") : []) {
      const entry = document.createElement("li");
      const key = document.createElement("kbd");
      key.textContent = `${sections.dataset.leader} ${link.dataset.go}`.toUpperCase();
      entry.append(key, ` ${link.firstChild.textContent.trim()}`);
      list.append(entry);
    }
    box.focus();
    return true;
  };

  // Rows: arrows, j and k walk the first links of a table's rows; Enter opens, as on any link.
  const links = () =>
    [...document.querySelectorAll("table[data-rows] tbody tr")]
      .map((row) => row.querySelector("a[href]"))
      .filter((link) => link && visible(link));
  const walk = (step) => {
    const all = links();
    if (!all.length) return false;
    const here = all.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const chosen = all.findIndex((link) => link.closest("tr").hasAttribute("aria-current"));
    const from = here >= 0 ? here : chosen;
    const next = from < 0 ? 0 : Math.min(all.length - 1, Math.max(0, from + step));
    all[next].focus();
    all[next].closest("tr").scrollIntoView({ block: "nearest" });
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (sections) choosing(false);
      const box = document.getElementById("keys");
      if (box && !box.hidden) {
        box.hidden = true;
      } else if (typing(event.target)) {
        event.target.blur();
      }
      return;
    }
    // Enter on a list that was chosen from sends its form, as in a field of text.
    if (event.key === "Enter" && event.target instanceof HTMLSelectElement && event.target.matches(".reveal-form select")) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    if (typing(event.target)) return;
    const onControl = event.target instanceof HTMLElement && event.target.matches("a, button, summary, input");
    if (event.key === "Enter" && onControl) return;
    let done = go(event.key);
    if (done);
    else if (event.key === "?") done = listKeys();
    else if (event.key === "j" || (event.key === "ArrowDown" && links().length)) done = walk(1);
    else if (event.key === "k" || (event.key === "ArrowUp" && links().length)) done = walk(-1);
    if (!done) done = press(event.key);
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("table[data-rows] tbody tr");
    if (!row || event.target.closest("a, button, input, label, select, summary")) return;
    if (String(window.getSelection())) return;
    const link = row.querySelector("a[href]");
    if (link) link.click();
  });

  // Asked about: data-confirm="…" on a submit button wants a second press.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || button.dataset.asked) return;
    event.preventDefault();
    button.dataset.asked = "1";
    const words = button.textContent;
    button.textContent = button.dataset.confirm;
    setTimeout(() => {
      delete button.dataset.asked;
      button.textContent = words;
    }, 5000);
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  window.addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent),
  );

  // Live: the fragment is asked for again; focus on a row survives; failure is said, not hidden.
  const keepFresh = (box) => {
    const every = Math.max(3, Number(box.dataset.every) || 20) * 1000;
    let failures = 0;
    const say = (text) => {
      let line = box.previousElementSibling;
      if (!line || !line.matches(".stale")) {
        line = document.createElement("p");
        line.className = "stale";
        line.setAttribute("role", "status");
        box.before(line);
      }
      line.textContent = text;
      line.hidden = !text;
    };
    const refresh = async () => {
      try {
        if (document.hidden || typing(document.activeElement) && box.contains(document.activeElement)) return;
        const answer = await fetch(box.dataset.live, {
          headers: { Accept: "text/html", "X-Fragment": "1", "X-Baitong-Live": "1" },
          credentials: "same-origin",
        });
        if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
        const fresh = await answer.text();
        failures = 0;
        say("");
        if (box.lastFresh === fresh) return;
        box.lastFresh = fresh;
        const held = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
        box.innerHTML = fresh;
        if (held) {
          const again = box.querySelector(`a[href="${CSS.escape(held)}"]`);
          if (again) again.focus({ preventScroll: true });
        }
      } catch (error) {
        failures += 1;
        console.warn("live fragment failed", box.dataset.live, error);
        say(box.dataset.staleText || "…");
      } finally {
        setTimeout(refresh, every * Math.min(6, 1 + failures));
      }
    };
    setTimeout(refresh, every);
  };
  document.querySelectorAll("[data-live]").forEach(keepFresh);

  // data-submit: a filter form that sends itself when a choice changes.
  document.querySelectorAll("form[data-submit]").forEach((form) =>
    form.addEventListener("change", (event) => {
      if (event.target.matches("select, input[type=radio], input[type=checkbox]")) form.requestSubmit();
    }),
  );

  const wrong = document.querySelector("[data-focus]");
  if (wrong) wrong.focus();
})();
