/* Help for many: live sums, one tick for all, arrows and Enter down the list. Without this file the button
   “Update the sums” does the adding, and everything else is plain boxes and fields. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-batch-form]");
  if (!form) return;
  const english = document.documentElement.lang === "en";
  const rows = [...form.querySelectorAll("[data-batch-rows] tbody tr")].map((row) => ({
    row, tick: row.querySelector("input[type=checkbox]"), own: row.querySelector("input[name^=a]"),
  }));
  const all = form.querySelector("[data-batch=all]");
  const part = (name) => form.querySelector(`[data-batch=${name}]`);
  const WHOLE = /^\d+$|^[1-9]\d{0,2}([.,\s\u00a0])\d{3}(\1\d{3})*$/;  // as app.js: only what is surely a whole sum
  const digits = (text) => text.replace(/\D/g, "");
  const group = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, english ? "," : ".");
  const read = (text) => (WHOLE.test(text.trim()) ? BigInt(digits(text)) : null);
  const sum = (input) => read(input.value);

  // The lines of who paid, as they stand; a row may have amounts of its own for them, with + between.
  const lines = () => [...form.querySelectorAll("[data-formset=funding] [data-formset-row]:not(.is-removed)")].map((row) => {
    const field = (name) => row.querySelector(`[name$='-${name}']`);
    const [source, nature] = [field("source"), field("nature")];
    return {
      source: source.value && source.selectedOptions[0].textContent,
      nature: nature.value, label: nature.value && nature.selectedOptions[0].textContent, amount: sum(field("amount")),
    };
  }).filter((line) => line.source || line.nature || line.amount !== null);

  function add() {
    const paid = lines(), sums = new Map();
    const ticked = rows.filter(({ tick }) => tick.checked);
    paid.forEach((line, place) => {
      if (!line.nature) return;
      let total = sums.has(line.nature) ? sums.get(line.nature).total : null;
      ticked.forEach(({ own }) => {
        const typed = (own.value.split("+")[place] || "").trim();
        const amount = typed ? read(typed) : line.amount;
        if (amount !== null) total = (total || 0n) + amount;
      });
      sums.set(line.nature, { label: line.label, total });
    });
    part("ticked").textContent = group(ticked.length);
    part("sums").replaceChildren(...[...sums.values()].flatMap(({ label, total }) => {
      const strong = document.createElement("strong");
      strong.textContent = total === null ? "—" : group(total);
      return [` · ${label} `, strong];
    }));
    all.checked = ticked.length === rows.length;
    all.indeterminate = ticked.length > 0 && ticked.length < rows.length;
    const common = paid.map(({ amount }) => (amount === null ? "" : group(amount))).join(" + ").trim();
    rows.forEach(({ row, tick, own }) => {
      row.classList.toggle("is-left-out", !tick.checked);
      if (own.placeholder !== common) own.placeholder = common;
    });
    const head = form.querySelector("#amount-head .unit");
    head.textContent = paid.map(({ source }) => source || "—").join(" + ");
  }
  let waiting = 0;
  const again = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(add); };

  all.addEventListener("change", () => { rows.forEach(({ tick }) => { tick.checked = all.checked; }); });
  form.addEventListener("input", again);
  form.addEventListener("change", (e) => {
    if (e.target.matches("[data-batch-rows] input[name^=a]")) {
      const each = e.target.value.split("+").map((text) => [text.trim(), read(text)]);
      if (each.every(([text, amount]) => !text || amount !== null)) {
        e.target.value = each.map(([, amount]) => (amount === null ? "" : group(amount))).join(" + ").trim();
      }
    }
    again();
  });

  // ── keys: down and up in the same column ──
  form.addEventListener("keydown", (e) => {
    if (e.isComposing || e.ctrlKey || e.altKey || e.metaKey || !e.target.matches("[data-batch-rows] tbody input")) return;
    const by = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[e.key];
    if (!by) return;
    e.preventDefault();
    e.stopPropagation();  // app.js would go to the next field
    const at = rows.findIndex(({ row }) => row.contains(e.target));
    const next = rows[at + by];
    if (next) {
      const field = next.row.querySelector(`input[name^=${e.target.name[0]}]`);
      field.focus();
      if (field.type === "text") field.select();
      next.row.scrollIntoView({ block: "nearest" });
    } else if (by > 0) form.querySelector(".action-bar .btn-primary").focus();
  });

  add();
})();
