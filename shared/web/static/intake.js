// The desk: items are found as one types, and a paper is printed by a key. Pages work without this.
"use strict";

(() => {
  // <input data-find="/desk/new/find" data-into="found">: what fits is asked for as one types.
  const WAIT = 150;
  document.querySelectorAll("input[data-find]").forEach((input) => {
    const into = document.getElementById(input.dataset.into);
    let waiting = 0;
    let asked = input.value;
    const ask = async () => {
      const text = input.value;
      if (text === asked) return;
      asked = text;
      const url = `${input.dataset.find}?${new URLSearchParams({ [input.name]: text })}`;
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
    // Down goes to the first thing found; up and down walk on.
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
    input.addEventListener("keydown", walk);
    into.addEventListener("keydown", walk);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // Ctrl+Enter sends the form one is writing in; Enter alone makes a new line in a long text.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const form = event.target.closest("form");
    if (form && form.method === "post") form.requestSubmit();
  });
})();
