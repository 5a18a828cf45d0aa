/* What JavaScript adds to pages that work without it: menu on a phone, dialogs, warning before logout, kept forms. */
"use strict";
(() => {
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

  // -- the menu folds on a phone ----------------------------------------------------------------
  const menu = document.querySelector("[data-menu]");
  if (menu) {
    menu.hidden = false;
    menu.addEventListener("click", () => {
      menu.setAttribute("aria-expanded", String(menu.getAttribute("aria-expanded") !== "true"));
    });
  }

  // -- what is wrong is read first --------------------------------------------------------------
  document.querySelector("[data-focus]")?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".ds-error-summary a");
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: "center" }); }
  });

  // -- a question opens over the page instead of in it ------------------------------------------
  const asDialogs = (root) => root.querySelectorAll("details[data-dialog]:not([data-ready])").forEach((details) => {
    details.dataset.ready = "";
    const opener = details.querySelector("summary");
    const body = details.querySelector(".confirm-body");
    const dialog = document.createElement("dialog");
    dialog.className = "ds-dialog";
    const heading = body.querySelector("h2");
    heading.id = `${details.dataset.dialog}-title`;
    dialog.setAttribute("aria-labelledby", heading.id);
    const button = document.createElement("button");
    button.type = "button";
    button.className = opener.className;
    for (const attribute of opener.attributes) if (attribute.name !== "class") button.setAttribute(attribute.name, attribute.value);
    button.append(...opener.childNodes);
    button.setAttribute("aria-haspopup", "dialog");
    dialog.append(body);
    details.replaceWith(button, dialog);
    button.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  });
  asDialogs(document);
  document.addEventListener("htmx:after:swap", () => asDialogs(document));

  // -- typed work is kept over a logout, for the same person and the same page (B-03) -----------
  const STORE = "kept:";
  const person = meta("session-owner");
  // A personal number stays in its field (data-unkept): what is kept lies readable in the browser.
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !("unkept" in field.dataset) && !["hidden", "file", "password", "submit"].includes(field.type));
  if (person) {
    document.querySelectorAll("form[data-keep]").forEach((form) => {
      const place = `${STORE}${person}:${location.pathname}:${form.dataset.keep}`;
      const kept = JSON.parse(sessionStorage.getItem(place) || "null");
      if (kept && !document.querySelector(".ds-error-summary")) {
        fieldsOf(form).forEach((field) => {
          if (!(field.name in kept)) return;
          if (["checkbox", "radio"].includes(field.type)) field.checked = kept[field.name].includes(field.value);
          else field.value = kept[field.name][0] ?? "";
        });
      }
      form.addEventListener("input", () => {
        const values = {};
        fieldsOf(form).forEach((field) => {
          values[field.name] ??= [];
          if (!["checkbox", "radio"].includes(field.type) || field.checked) values[field.name].push(field.value);
        });
        sessionStorage.setItem(place, JSON.stringify(values));
      });
      form.addEventListener("submit", () => sessionStorage.removeItem(place));
    });
  }
  document.querySelectorAll('form[action="/logga-ut"]').forEach((form) => form.addEventListener("submit", () => {
    Object.keys(sessionStorage).filter((key) => key.startsWith(STORE)).forEach((key) => sessionStorage.removeItem(key));
  }));

  // -- warning two minutes before logout, with a way to stay (B-03, D20) ------------------------
  const warning = document.getElementById("logout-warning");
  if (warning) {
    const countdown = document.getElementById("logout-countdown");
    const spoken = document.getElementById("logout-spoken");
    const failed = document.getElementById("logout-failed");
    const note = document.querySelector("[data-session-note]");
    let warnAt = Date.parse(meta("session-warn-at"));
    let endsAt = Date.parse(meta("session-ends-at"));
    // The browser's clock may be wrong: count from the server's.
    const skew = Date.parse(meta("session-now")) - Date.now();
    let said = "";
    const here = () => location.pathname + location.search;
    const ended = () => location.assign(`/logga-in?orsak=inaktiv&next=${encodeURIComponent(here())}`);
    const take = (state) => {
      warnAt = Date.parse(state.warn_at);
      endsAt = Date.parse(state.ends_at);
      if (note && state.note) note.textContent = state.note;
      if (Date.now() + skew < warnAt && warning.open) warning.close();
    };
    // Another tab of the same person may have kept the session alive: ask, without keeping it alive by that.
    const ask = async () => {
      const answer = await fetch("/session", { headers: { Accept: "application/json" } });
      if (answer.ok) take(await answer.json());
      else if (answer.status === 401) ended();
    };
    document.getElementById("stay-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      try {
        const answer = await fetch("/stanna-inloggad", {
          method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(event.target)),
        });
        if (answer.ok) { take(await answer.json()); warning.close(); } else if (answer.status === 401) ended(); else failed.hidden = false;
      } catch { failed.hidden = false; }
    });
    const open = () => { warning.showModal(); tick(); };
    let asked = 0;
    const tick = () => {
      const now = Date.now() + skew;
      const left = Math.max(0, Math.round((endsAt - now) / 1000));
      if (now < warnAt) return;
      if (!warning.open) {
        if (now - asked > 5000) { asked = now; ask().then(() => { if (Date.now() + skew >= warnAt && !warning.open) open(); }).catch(open); }
        return;
      }
      const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      countdown.textContent = text;
      const mark = left > 60 ? "2" : left > 30 ? "1" : left > 10 ? "30" : "10";
      if (mark !== said) { said = mark; spoken.textContent = spoken.dataset.template.replace("{time}", text); }
      if (left === 0 && now - asked > 2000) { asked = now; ask().catch(() => {}); }
    };
    setInterval(tick, 1000);
    tick();
  }

  // -- offline ----------------------------------------------------------------------------------
  const banner = document.getElementById("offline");
  const online = () => { if (banner) banner.hidden = navigator.onLine; };
  addEventListener("online", online);
  addEventListener("offline", online);
  online();
})();
