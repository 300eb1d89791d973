/* Small helps for people with a keyboard. Every page works without this file.
   Listeners sit on the document, so whatever htmx brings in later is served too. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const english = root.lang === "en";
  const say = (vi, en) => (english ? en : vi);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const typing = (el) => el && (el.isContentEditable || /^(input|select|textarea)$/i.test(el.tagName));

  // ── Sums in words ────────────────────────────────────────────────────────
  const DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];
  function hundredsVi(n, full) {
    const [a, b, c] = [Math.floor(n / 100), Math.floor(n / 10) % 10, n % 10];
    const words = [];
    if (a || full) words.push(DIGITS[a], "trăm");
    if (b === 0 && c && words.length) words.push("linh");
    if (b === 1) words.push("mười");
    if (b > 1) words.push(DIGITS[b], "mươi");
    if (c === 1 && b > 1) words.push("mốt");
    else if (c === 5 && b > 0) words.push("lăm");
    else if (c) words.push(DIGITS[c]);
    return words;
  }
  function wordsVi(n, full = false) {  // n: BigInt; beyond tỷ the count of tỷ is read the same way: “hai nghìn tỷ”
    const billion = 1000000000n;
    if (n >= billion) return [...wordsVi(n / billion, full), "tỷ", ...(n % billion ? wordsVi(n % billion, true) : [])];
    const words = [];
    [["triệu", 1000000n], ["nghìn", 1000n], ["", 1n]].forEach(([unit, size]) => {
      const part = Number((n / size) % 1000n);
      if (part) words.push(...hundredsVi(part, full || words.length > 0), ...(unit ? [unit] : []));
    });
    return words;
  }
  const SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
  const TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
  function wordsEn(n) {
    for (const [unit, size] of [["trillion", 10n ** 12n], ["billion", 10n ** 9n], ["million", 10n ** 6n], ["thousand", 1000n]])
      if (n >= size) return [...wordsEn(n / size), unit, ...(n % size ? wordsEn(n % size) : [])];
    const v = Number(n);
    if (v >= 100) return [SMALL[Math.floor(v / 100)], "hundred", ...(v % 100 ? ["and", ...wordsEn(BigInt(v % 100))] : [])];
    if (v < 20) return [SMALL[v]];
    return [TENS[Math.floor(v / 10)] + (v % 10 ? "-" + SMALL[v % 10] : "")];
  }
  const inWords = (n) => (n === 0n ? say("không", "zero") : (english ? wordsEn(n) : wordsVi(n)).join(" ")) + " đồng";

  function spoken(input) {  // the line beneath a field that repeats what it means
    const field = input.closest(".with-unit") || input;
    let line = field.nextElementSibling;
    if (!line || !line.classList.contains("says")) {
      line = document.createElement("output");
      line.className = "says";
      line.setAttribute("aria-live", "polite");
      if (input.id) line.setAttribute("for", input.id);
      field.after(line);
    }
    return line;
  }
  // A text is grouped anew only when it is surely a whole sum: digits, well-formed groups, or what we grouped
  // ourselves and a digit was then added or taken. “1,5” or a pasted “1.500.000,00” stays for the server to refuse.
  const WHOLE = /^\d+$|^[1-9]\d{0,2}([.,\s\u00a0])\d{3}(\1\d{3})*$/;
  function money(input, regroup, edit) {
    const text = input.value.trim();
    const byDigit = edit && (/^delete/.test(edit.inputType || "") || /^\d+$/.test(edit.data || ""));
    const digits = text.replace(/[\s.,\u00a0]/g, "");
    const line = spoken(input);
    if (!(WHOLE.test(text) || (input.dataset.ours && byDigit)) || !/^\d{1,18}$/.test(digits)) {
      delete input.dataset.ours;
      line.textContent = "";
      return;  // the server says what is wrong with it
    }
    if (regroup) {
      const after = input.value.slice(input.selectionEnd).replace(/\D/g, "").length;
      input.value = digits.replace(/\B(?=(\d{3})+(?!\d))/g, english ? "," : ".");
      input.dataset.ours = "1";
      let at = input.value.length;
      for (let left = after; left > 0 && at > 0; at--) if (/\d/.test(input.value[at - 1])) left--;
      if (document.activeElement === input) input.setSelectionRange(at, at);
    }
    line.textContent = inWords(BigInt(digits));
  }
  function idNumber(input) {
    const value = input.value.replace(/[\s.]/g, "");
    const line = spoken(input);
    const set = (text, kind) => { line.textContent = text; line.className = "says" + (kind ? " is-" + kind : ""); };
    if (!value || value.includes("•")) return set("");  // a masked number means: as it is on record
    if (/\D/.test(value)) return set(say("Chỉ gồm chữ số.", "Digits only."), "warn");
    if (value.length === 9) return set(say("CMND 9 số", "Old 9-digit identity card"), "ok");
    if (value.length !== 12) return set(say(`Cần 12 chữ số, đang có ${value.length}.`, `12 digits are needed, ${value.length} so far.`), value.length > 12 ? "warn" : "");
    const century = Number(value[3]);
    const place = value.startsWith("001") ? "Hà Nội" : say("tỉnh mã ", "province code ") + value.slice(0, 3);
    const year = 1900 + 100 * Math.floor(century / 2) + Number(value.slice(4, 6));
    set(`${place}, ${century % 2 ? say("nữ", "female") : say("nam", "male")}, ${say("sinh", "born")} ${year}`, year > new Date().getFullYear() ? "warn" : "ok");
  }

  function largeFile(input) {  // a file that is too large is put aside before it is sent
    const [file, most] = [input.files[0], Number(input.dataset.largest)];
    const line = spoken(input);
    const tooLarge = file && file.size > most;
    line.className = "says" + (tooLarge ? " is-warn" : "");
    line.textContent = "";
    if (!tooLarge) return;
    const [size, limit] = [Math.ceil(file.size / 1048576), Math.floor(most / 1048576)];
    line.textContent = say(
      `Tệp ${file.name} nặng ${size} MB; chỉ lưu được tối đa ${limit} MB. Hãy quét với độ phân giải thấp hơn hoặc chia nhỏ.`,
      `${file.name} has ${size} MB; at most ${limit} MB are kept. Scan it with fewer dots, or send parts.`);
    input.value = "";
  }

  // ── Rows of a sheet ──────────────────────────────────────────────────────
  const alive = (box) => all("[data-formset-row]", box).filter((row) => !row.classList.contains("is-removed"));
  const renumber = (box) => alive(box).forEach((row, i) => all("[data-row-number]", row).forEach((el) => { el.textContent = i + 1; }));
  function addRow(box) {
    const total = box.querySelector(`[name="${box.dataset.formset}-TOTAL_FORMS"]`);
    const template = box.querySelector("template[data-formset-template]");
    const rows = box.querySelector("[data-formset-rows]");
    rows.insertAdjacentHTML("beforeend", template.innerHTML.replace(/__prefix__/g, total.value));
    total.value = Number(total.value) + 1;
    renumber(box);
    prepare(rows.lastElementChild);
    const first = rows.lastElementChild.querySelector("input:not([type=hidden]), select");
    if (first) first.focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function removeRow(button) {
    const row = button.closest("[data-formset-row]");
    const box = button.closest("[data-formset]");
    const tick = row.querySelector("input[name$='-DELETE']");
    if (tick) tick.checked = true;  // the server forgets it; a saved row goes only when the form is saved
    row.classList.add("is-removed");
    renumber(box);
    const rest = alive(box);
    const next = rest.length ? rest[rest.length - 1].querySelector("input:not([type=hidden]), select") : box.querySelector("[data-formset-add]");
    if (next) next.focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // ── Fields that count only with another: data-shown-when="name=one,two" ──
  function showWhen(form) {
    all("[data-shown-when]", form).forEach((part) => {
      const [name, wanted] = part.dataset.shownWhen.split("=");
      const field = form.elements[name];
      if (!field) return;
      const value = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value;
      part.hidden = wanted ? !wanted.split(",").includes(value) : !value;
    });
  }

  function prepare(part) {
    all("input[data-money]", part).forEach((input) => money(input, true));
    all("input[data-id-number]", part).forEach(idNumber);
    all("form", part).concat(part.closest && part.closest("form") ? [part.closest("form")] : []).forEach(showWhen);
    all("tr[data-formset-row]", part).forEach((row) => {
      const tick = row.querySelector("input[name$='-DELETE']");
      if (tick && tick.checked) row.classList.add("is-removed");
    });
    all("[data-formset]", part).forEach(renumber);
  }

  document.addEventListener("input", (e) => {
    if (e.target.matches("input[data-money]")) money(e.target, true, e);
    if (e.target.matches("input[data-id-number]")) idNumber(e.target);
    const form = e.target.closest("form[data-confirm-leave]");
    if (form) form.dataset.dirty = "1";
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches("input[data-largest]")) largeFile(e.target);
    const form = e.target.closest("form");
    if (!form) return;
    if (form.matches("[data-confirm-leave]")) form.dataset.dirty = "1";
    showWhen(form);
    if (form.matches("[data-auto-submit]")) {
      if (form.dataset.byKey) form.dataset.pending = "1";  // arrows pass through every choice: wait for Enter or leaving
      else form.requestSubmit();
    }
  });
  document.addEventListener("focusout", (e) => {
    const form = e.target.closest && e.target.closest("form[data-auto-submit]");
    if (form && form.dataset.pending) form.requestSubmit();
  });
  document.addEventListener("pointerdown", (e) => {
    const form = e.target.closest("form[data-auto-submit]");
    if (form) delete form.dataset.byKey;
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(e.target)) menu.open = false; });
  });
  document.addEventListener("click", (e) => {
    const add = e.target.closest("[data-formset-add]");
    if (add) addRow(add.closest("[data-formset]"));
    const remove = e.target.closest("[data-formset-remove]");
    if (remove) removeRow(remove);
    if (e.target.closest("[data-print]")) window.print();
  });

  // ── Sending: once, and not away from unsaved work ────────────────────────
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.method !== "post" || form.matches("[hx-post], [data-download]")) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    root.classList.add("is-working");
    // only now, or the pressed button's own name and value would not be sent
    setTimeout(() => all("button:not([type=button])", form).forEach((b) => { b.setAttribute("aria-busy", "true"); b.disabled = true; }));
  });
  const rest = () => {
    root.classList.remove("is-working");
    all("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      all("button[aria-busy]", form).forEach((b) => { b.removeAttribute("aria-busy"); b.disabled = false; });
    });
  };
  window.addEventListener("pageshow", (e) => { if (e.persisted) rest(); });
  window.addEventListener("beforeunload", (e) => {
    if (all("form[data-dirty]").some((form) => !form.dataset.sent)) { e.preventDefault(); e.returnValue = ""; setTimeout(rest, 1000); }
  });

  // ── Keys ─────────────────────────────────────────────────────────────────
  const visible = (el) => el.offsetParent !== null && !el.disabled && el.tabIndex >= 0;
  document.addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    const el = e.target;
    const form = el.closest("form");
    if (form && form.matches("[data-auto-submit]")) {
      if (e.key === "Enter" && form.dataset.pending) form.requestSubmit();
      else if (e.key !== "Tab") form.dataset.byKey = "1";
    }
    if (e.key === "Escape") {
      all("details[data-menu][open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
      return;
    }
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      const target = form || document.querySelector("form[data-confirm-leave]");
      const save = target && target.method === "post" && target.querySelector("button.btn-primary:not([type=button])");
      if (save) { e.preventDefault(); target.requestSubmit(save); }
      return;
    }
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.key === "Enter" && form && form.matches("[data-enter-moves]") && el.matches("input:not([type=submit]):not([type=file]), select")) {
      const order = all("input, select, textarea, button", form).filter(visible);
      const next = order[order.indexOf(el) + 1];
      e.preventDefault();
      if (next) { next.focus(); if (next.select && next.type !== "checkbox") next.select(); }
      return;
    }
    if (typing(el)) return;
    if (e.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { e.preventDefault(); search.focus(); search.select(); }
    }
    const onRow = el.matches("table[data-keys] .row-link");
    const step = e.key === "j" || (onRow && e.key === "ArrowDown") ? 1 : e.key === "k" || (onRow && e.key === "ArrowUp") ? -1 : 0;
    const links = step ? all("table[data-keys] .row-link").filter(visible) : [];
    if (links.length) {
      e.preventDefault();
      const at = links.indexOf(el);
      const link = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + step))];
      link.focus({ preventScroll: true });
      link.closest("tr").scrollIntoView({ block: "nearest" });
    }
  });

  // ── htmx ─────────────────────────────────────────────────────────────────
  document.addEventListener("htmx:afterSettle", (e) => {
    prepare(e.detail.elt);
    fit();
    const results = document.getElementById("results");
    // a replaced link takes the focus with it; give it to the new list, where the next Tab goes on
    if (results && (document.activeElement === document.body || !document.activeElement)) { results.tabIndex = -1; results.focus({ preventScroll: true }); }
  });
  const openWholePage = (e) => {
    const { pathInfo, requestConfig } = e.detail;
    if (requestConfig && requestConfig.verb === "get") window.location.assign(pathInfo.finalRequestPath || pathInfo.requestPath);
  };
  document.addEventListener("htmx:responseError", openWholePage);
  document.addEventListener("htmx:sendError", openWholePage);

  // A table no wider than its place needs no scrolling window of its own.
  const fit = () => all(".table-wrap.scroll").forEach((wrap) => {
    wrap.classList.remove("fits");
    const table = wrap.querySelector("table");
    const fits = table && table.offsetWidth <= wrap.clientWidth;
    wrap.classList.toggle("fits", Boolean(fits));
    if (fits) wrap.removeAttribute("tabindex"); else wrap.tabIndex = 0;
  });
  window.addEventListener("resize", fit);

  document.addEventListener("DOMContentLoaded", () => {
    fit();
    prepare(document);
    const summary = document.querySelector("[data-error-summary]");
    if (summary) { summary.focus(); all("form[data-confirm-leave]").forEach((form) => { form.dataset.dirty = "1"; }); }
  });
  window.hadong = { inWords };  // for the tests
})();
