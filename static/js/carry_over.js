/* The sheet of a whole ward by keyboard. Without this file it is radio buttons and Tab; nothing else changes.
   One cell a household: a letter answers and moves on, “=” answers as last year, arrows and Enter walk. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-carry-over]");
  if (!form) return;
  const rows = [...form.querySelectorAll("tbody tr")].filter((row) => row.querySelector(".seg"));
  const CLASSES = { n: "N", c: "CN", k: "KK", t: "K" };
  const TAKES = { g: "mine", l: "theirs" };
  const buttons = new Map(rows.map((row) => [row, [...row.querySelectorAll(".seg input")]]));
  const radios = (row) => buttons.get(row);
  const answer = (row) => (radios(row).find((radio) => radio.checked) || {}).value || "";
  const shown = () => rows.filter((row) => !row.hidden);
  let moved = false;  // the last key answered and moved on: an Enter right after it has nothing left to do

  function focus(row) {
    const group = radios(row);
    (group.find((radio) => radio.checked) || group[0]).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  function step(row, by) {
    const list = shown();
    const next = list[list.indexOf(row) + by];
    if (next) focus(next);
    else if (by > 0) form.querySelector(".btn-primary").focus();
  }
  function set(row, value) {
    const radio = radios(row).find((each) => each.value === value);
    if (radio && !radio.checked) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); }
    return Boolean(radio);
  }

  // ── counting, and the reasons that are needed ──
  const copied = form.elements.copied;
  function why(row) {
    const part = row.querySelector(".why");
    if (!part) return;
    const chosen = answer(row);
    const unlisted = (value) => value === "K" || value === "KK";
    const differs = chosen && chosen !== part.dataset.proposed && !(unlisted(chosen) && unlisted(part.dataset.proposed));
    part.hidden = !(differs && ("judged" in part.dataset || (copied.checked && chosen === row.dataset.last)));
  }
  const group = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, document.documentElement.lang === "en" ? "," : ".");
  function count() {
    const answered = rows.filter(answer);
    const others = form.querySelectorAll("tbody tr").length - rows.length;  // judged elsewhere: only shown
    const numbers = {
      answered: answered.length + others,
      left: rows.length - answered.length,
      changed: answered.filter((row) => row.dataset.last && answer(row) !== row.dataset.last).length,
    };
    Object.entries(numbers).forEach(([name, n]) => document.querySelectorAll(`[data-count=${name}]`).forEach((el) => { el.textContent = group(n); }));
    document.querySelectorAll("[data-changes]").forEach((el) => { el.hidden = !numbers.changed; });
  }
  let waiting = 0;
  const recount = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(count); };

  // ── narrowing, without losing what is answered in the rows not shown ──
  const narrowing = [...document.querySelectorAll("[data-carry-over-filter] [data-narrow]")];
  function narrow() {
    const [of, open] = ["group", "only-open"].map((id) => narrowing.find((select) => select.id === id));
    rows.forEach((row) => {
      row.hidden = Boolean((of && of.value && row.dataset.group !== of.value) || (open && open.value && answer(row)));
    });
  }
  narrowing.forEach((select) => select.addEventListener("change", narrow));

  form.querySelector("[data-fill]").addEventListener("click", (e) => {
    e.preventDefault();
    shown().forEach((row) => { if (!answer(row) && row.dataset.last) set(row, row.dataset.last); });
    form.querySelector(".btn-primary").focus();
  });
  form.addEventListener("change", (e) => {
    const row = e.target.closest("tbody tr");
    if (buttons.has(row)) why(row);
    if (e.target === copied || e.target === form) rows.forEach(why);  // the form itself: a draft was restored
    recount();
  });

  form.addEventListener("keydown", (e) => {
    if (e.isComposing || e.ctrlKey || e.altKey || e.metaKey) return;
    const row = e.target.closest("tbody tr");
    const key = e.key.toLowerCase();
    if (!row) {
      if (key === "enter" && e.target.matches("input:not([type=checkbox])")) { e.preventDefault(); focus(shown()[0]); }
      return;
    }
    const before = moved;
    moved = false;
    if (key === "enter" && e.target.matches("input")) { e.preventDefault(); if (!before) step(row, 1); return; }
    if (key === "arrowdown" || key === "arrowup") { e.preventDefault(); step(row, key === "arrowdown" ? 1 : -1); return; }
    if (!e.target.matches(".seg input, .clash input")) return;
    const value = key === "=" ? row.dataset.last : CLASSES[key];
    if (value && set(row, value)) {
      e.preventDefault();
      moved = true;
      const reason = row.querySelector(".why:not([hidden]) input");
      if (reason && !reason.value) { moved = false; reason.focus(); } else step(row, 1);
    } else if (TAKES[key]) {
      const take = row.querySelector(`.clash input[value=${TAKES[key]}]`);
      if (take) { e.preventDefault(); take.checked = true; moved = true; clash(row); }
    } else if (/^[1-9]$/.test(key)) {
      const persons = row.querySelector("input[name^=p]");
      persons.focus();
      persons.select();  // the digit itself is typed by the browser
    }
  });
  function clash(row) {
    const next = rows.slice(rows.indexOf(row) + 1).find((each) => each.querySelector(".clash"));
    if (next) focus(next); else form.querySelector(".btn-primary").focus();
  }

  rows.forEach(why);
  count();
  document.addEventListener("DOMContentLoaded", () => {
    if (document.querySelector("[data-error-summary]")) return;
    if (matchMedia("(pointer: coarse)").matches) return;  // no keyboard: leave the page where it opens
    const first = rows.find((row) => !answer(row));
    if (first) focus(first);
  });
})();
