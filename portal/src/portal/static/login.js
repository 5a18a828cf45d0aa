/* BankID, to log in or to sign: the QR code that changes each second, the app on this device, and the way back from it. */
"use strict";
(() => {
  const POLL = 1000;
  const root = document.getElementById("login");
  const back = document.getElementById("login-return");
  const state = document.getElementById("login-state") || back;
  const box = document.getElementById("login-message-box");
  const line = document.getElementById("login-message");
  if (!state) return;

  let id = "";
  let device = "";
  let timer = 0;
  let round = 0;

  const post = async (path, fields) => {
    const answer = await fetch(path, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields),
    });
    return answer.status === 204 ? {} : answer.json();
  };
  const say = (text, color) => {
    box.dataset.color = color;
    if (line.textContent !== text) line.textContent = text;
    state.hidden = false;
  };
  const at = (root || back)?.dataset.at || "/logga-in";
  const carried = () => {
    const form = (root || back).querySelector("form");
    const fields = form ? Object.fromEntries(new FormData(form)) : {};
    delete fields.device;
    delete fields.idempotency_key; // each try is one of its own
    return fields;
  };
  const stop = () => { clearTimeout(timer); timer = 0; round += 1; };

  // -- the page to choose on --------------------------------------------------------------------
  const qr = document.getElementById("qr");
  const open = document.getElementById("login-open");
  const again = document.getElementById("login-again");
  const cancel = document.getElementById("login-cancel");
  const forms = root ? [...root.querySelectorAll("form")] : [];

  const draw = (svg) => {
    if (!qr) return;
    qr.hidden = !svg;
    if (svg) qr.replaceChildren(document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true));
  };
  const rest = () => {
    stop();
    draw("");
    if (open) open.hidden = true;
    if (cancel) cancel.hidden = true;
    if (again) again.hidden = false;
    forms.forEach((form) => { form.hidden = false; });
    id = "";
  };
  const show = (login) => {
    if (login.go) { stop(); id = ""; location.assign(login.go); return false; }
    draw(login.qr);
    if (login.status === "failed" || login.status === "error") {
      say([login.title, login.message].filter(Boolean).join(". ").replace("..", "."), "danger");
      rest();
      return false;
    }
    say(login.message, "info");
    return true;
  };
  const follow = (mine) => {
    timer = setTimeout(async () => {
      try {
        const login = await post(`${at}/${id}`, carried());
        if (mine === round && show(login)) follow(mine);
      } catch {
        if (mine !== round) return;
        say(state.dataset.offline || root?.dataset.offline || "", "warning");
        follow(mine);
      }
    }, POLL);
  };
  const start = async (wanted) => {
    stop();
    const mine = round;
    device = wanted;
    document.getElementById(`login-${wanted}`).append(state);
    say(root.dataset.starting, "info");
    again.hidden = true;
    cancel.hidden = false;
    forms.forEach((form) => { form.hidden = form.elements.device.value === wanted && wanted === "other"; });
    try {
      const login = await post(at, { ...carried(), device: wanted });
      if (mine !== round) return;
      id = login.id || "";
      if (!show(login)) return;
      if (login.launch) {
        open.href = login.launch;
        open.hidden = false;
        location.assign(login.launch);
      }
      follow(mine);
    } catch {
      if (mine === round) { say(root.dataset.offline, "warning"); rest(); }
    }
  };

  // One after the other: each start sets the cookie that the next questions are answered by.
  let chain = Promise.resolve();
  const begin = (wanted) => { chain = chain.then(() => start(wanted)); };

  if (root) {
    forms.forEach((form) => form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(form.elements.device.value);
    }));
    again.addEventListener("click", () => begin(device || "other"));
    cancel.addEventListener("click", async () => {
      const ended = id;
      rest();
      if (ended) await post(`${at}/${ended}/avbryt`, carried()).catch(() => {});
      location.assign(root.dataset.cancelled);
    });
    // Whoever leaves has changed their mind. Not on the same device: there, leaving is the way to the app.
    addEventListener("pagehide", () => {
      if (id && device === "other") navigator.sendBeacon(`${at}/${id}/avbryt`, new URLSearchParams({ ...carried(), left: "1" }));
    });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    // Whoever takes the other e-ID leaves too; that login has put this one's aside already.
    document.getElementById("login-eid")?.addEventListener("submit", () => { stop(); id = ""; });
    // On a computer the code is there at once (T12); a phone can hardly scan its own screen.
    const computer = matchMedia("(pointer: fine)").matches;
    // The app is on the phone that is being held.
    if (!computer) root.prepend(document.getElementById("login-same"));
    if (computer && root.dataset.eager !== undefined && !new URLSearchParams(location.search).has("orsak")) begin("other");
  }

  // -- the way back from the app ----------------------------------------------------------------
  if (back) {
    const said = new URLSearchParams(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    id = said.get("login") || said.get("order") || "";
    device = "same";
    const finish = async () => {
      const login = await post(`${at}/retur`, { ...carried(), login: id, nonce: said.get("nonce") || "" });
      if (login.status === "error") { say(back.dataset.missing, "warning"); return; }
      if (show(login)) follow(round);
    };
    if (id) finish().catch(() => say(back.dataset.offline, "warning")); else say(back.dataset.missing, "warning");
  }
})();
