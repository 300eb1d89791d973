/* What is typed into a form[data-draft] outlives a lost line, a closed tab, a crash. A copy stays in this browser,
   locked with a key that only this person's own pages carry, until the form is saved, the person signs out, or
   three days have passed (docs/decisions, “What is typed is not lost”). Every page works without this file. */
(() => {
  "use strict";
  const say = (vi, en) => (document.documentElement.lang === "en" ? en : vi);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const PREFIX = "draft:", LIFE = 3 * 24 * 3600 * 1000;
  const FORM_KEY = "csrfmiddlewaretoken", SENDING = "submission_key";
  const icon = () => { const mark = document.createElement("span"); mark.className = "notice-mark"; mark.setAttribute("aria-hidden", "true"); mark.textContent = "!"; return mark; };

  // ── Words above the form ─────────────────────────────────────────────────
  function notice(kind, text, place) {
    const box = document.createElement("div"), words = document.createElement("div");
    box.className = `notice notice-${kind}`;
    box.setAttribute("role", kind === "error" ? "alert" : "status");
    words.append(Object.assign(document.createElement("p"), { textContent: text }));
    box.append(icon(), words);
    place.before(box);
    return box;
  }
  let told = null;  // one sentence at a time about what could not be sent
  function tell(form, text, link) {
    if (told) told.remove();
    told = notice("error", text, form || document.querySelector("main > *"));
    if (link) {
      const a = Object.assign(document.createElement("a"), { href: link[0], textContent: link[1], target: "_blank", rel: "noopener" });
      told.querySelector("p").append(" ", a);
    }
    told.tabIndex = -1;
    return told;
  }
  const NOT_SENT = () => say("Mất đường truyền: chưa gửi được, chưa lưu gì. Phần đã nhập còn nguyên ở đây; có mạng lại thì bấm lần nữa.", "The line is down: nothing was sent, nothing is saved. What you typed is still here; press again when the line is back.");

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.method !== "post") return;
    if (navigator.onLine || !form.matches("[data-draft], [data-confirm-leave], [data-resend]")) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    tell(form, NOT_SENT()).focus();
  }, true);

  const failed = (status) => (e) => {
    const { requestConfig, xhr, elt } = e.detail;
    if (!requestConfig || requestConfig.verb === "get") return;  // app.js opens the page itself
    const form = elt.closest("form");
    const code = status || xhr.status;
    if (code === "offline") tell(form, NOT_SENT());
    else if (code === 401) tell(form, say("Phiên làm việc đã hết. Phần đã nhập còn nguyên ở đây:", "The session has ended. What you typed is still here:"), [meta.dataset.signIn, say("đăng nhập ở thẻ mới rồi bấm lại", "sign in in a new tab, then press again")]);
    else if (code === 403) tell(form, say("Đã có người đăng nhập lại trên trình duyệt này. Phần đã nhập còn nguyên ở đây; bấm Lưu để gửi.", "Somebody signed in again in this browser. What you typed is still here; press Save to send it."));
    else tell(form, say(`Máy chủ không nhận (mã ${code}): chưa lưu gì. Phần đã nhập còn nguyên ở đây; hãy thử lại.`, `The server did not take it (code ${code}): nothing is saved. What you typed is still here; try again.`));
  };
  document.addEventListener("htmx:responseError", failed());
  document.addEventListener("htmx:sendError", failed("offline"));

  // ── The copy ─────────────────────────────────────────────────────────────
  const meta = document.querySelector("meta[name=draft-key]");
  const subtle = window.crypto && window.crypto.subtle;  // no copy is kept where it cannot be locked
  let store = null;
  try { store = window.localStorage; } catch { /* the browser keeps nothing */ }
  if (!store) return;

  for (const name of Object.keys(store).filter((each) => each.startsWith(PREFIX))) {
    let at = 0;
    try { at = JSON.parse(store.getItem(name)).at; } catch { /* not ours any more */ }
    if (!(Date.now() - at < LIFE)) store.removeItem(name);
  }
  if (!meta || !subtle) return;

  const mine = `${PREFIX}${meta.dataset.owner}:`;
  const copies = () => Object.keys(store).filter((name) => name.startsWith(mine));
  const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const text = (buffer) => { let out = ""; for (const byte of new Uint8Array(buffer)) out += String.fromCharCode(byte); return btoa(out); };
  const key = subtle.importKey("raw", bytes(meta.content), "AES-GCM", false, ["encrypt", "decrypt"]);

  let waiting = null, leaving = false;

  // What was saved meanwhile needs no copy: the answer to a save names the form in a cookie.
  const saved = (document.cookie.match(/(?:^|; )saved-form=([0-9a-f-]{36})/) || [])[1];
  if (saved) {
    document.cookie = "saved-form=; Max-Age=0; Path=/; SameSite=Lax";
    for (const name of copies()) if (JSON.parse(store.getItem(name)).form === saved) store.removeItem(name);
  }
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("[data-sign-out]") || e.defaultPrevented) return;
    clearTimeout(waiting);
    leaving = true;
    copies().forEach((name) => store.removeItem(name));
  });

  const typed = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== FORM_KEY);
  const sendingOf = (form) => (form.elements[SENDING] || {}).value || "";
  async function keep(form) {
    const values = typed(form), iv = crypto.getRandomValues(new Uint8Array(12));
    const locked = await subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(JSON.stringify(values)));
    if (leaving) return;
    try {
      store.setItem(mine + form.dataset.draft, JSON.stringify({ at: Date.now(), form: sendingOf(form), iv: text(iv), locked: text(locked) }));
    } catch { /* the browser's room is full */ }
  }
  async function read(form) {
    const name = mine + form.dataset.draft;
    try {
      const copy = JSON.parse(store.getItem(name));
      if (!copy) return null;
      const open = await subtle.decrypt({ name: "AES-GCM", iv: bytes(copy.iv) }, await key, bytes(copy.locked));
      return { ...copy, values: JSON.parse(new TextDecoder().decode(open)) };
    } catch { store.removeItem(name); return null; }
  }

  const changed = (e) => {
    const form = e.target.closest && e.target.closest("form[data-draft]");
    if (!form || !e.isTrusted && !form.dataset.dirty) return;
    clearTimeout(waiting);
    leaving = false;
    waiting = setTimeout(() => keep(form), 300);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);

  // ── Giving it back ───────────────────────────────────────────────────────
  function fill(form, values) {
    for (const box of all("[data-formset]", form)) {
      const total = form.elements[`${box.dataset.formset}-TOTAL_FORMS`], add = box.querySelector("[data-formset-add]");
      const wanted = Number((values.find(([name]) => total && name === total.name) || [])[1]) || 0;
      for (let n = Number(total && total.value); add && n < Math.min(wanted, 1000); n++) add.click();
    }
    const left = new Map();
    values.forEach(([name, value]) => left.set(name, [...(left.get(name) || []), value]));
    for (const el of form.elements) {
      if (!el.name || el.name === FORM_KEY || /^(submit|button|file|fieldset)$/.test(el.type)) continue;
      const those = left.get(el.name);
      if (el.type === "checkbox" || el.type === "radio") el.checked = Boolean(those && those.includes(el.value));
      else if (el.type === "select-multiple") for (const option of el.options) option.selected = Boolean(those && those.includes(option.value));
      else if (those && those.length) el.value = those.length > 1 ? those.shift() : those[0];
    }
  }
  function restore(form, values) {
    form.dataset.dirty = "1";
    fill(form, values);
    for (const el of form.elements) if (el.name && el.type !== "hidden") el.dispatchEvent(new Event("input", { bubbles: true }));
    form.dispatchEvent(new Event("change", { bubbles: true }));
    // Parts that the server draws after what was typed (the households found) come with choices of their own.
    form.addEventListener("htmx:afterSettle", () => fill(form, values), { once: true });
  }
  const when = (at) => new Intl.DateTimeFormat(document.documentElement.lang, new Date(at).toDateString() === new Date().toDateString() ? { hour: "2-digit", minute: "2-digit" } : { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" }).format(at);
  async function offer(form) {
    const copy = await read(form);
    // A form that came back from the server with this very key holds what was typed already.
    if (!copy || copy.form === sendingOf(form) && copy.form || JSON.stringify(copy.values) === JSON.stringify(typed(form))) return;
    const box = notice("info", say(`Khôi phục phần đã nhập lúc ${when(copy.at)}? Phần ấy chưa được lưu.`, `Restore what you typed at ${when(copy.at)}? It was not saved.`), form);
    const line = document.createElement("p");
    const press = (label, kind, then) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: `btn btn-sm ${kind}`, textContent: label });
      button.addEventListener("click", () => { box.remove(); then(); });
      line.append(button, " ");
    };
    press(say("Khôi phục", "Restore"), "btn-primary", () => { restore(form, copy.values); const first = form.querySelector("input:not([type=hidden]), select, textarea"); if (first) first.focus(); });
    press(say("Bỏ đi", "Discard"), "btn-outline", () => store.removeItem(mine + form.dataset.draft));
    box.lastElementChild.append(line);
  }
  document.addEventListener("DOMContentLoaded", () => all("form[data-draft]").forEach(offer));
})();
