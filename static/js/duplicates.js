/* Asks, once a row's number or its name and birth are typed, whether that person is on record already, and says so
   under the row. Nothing waits for the answer; without this file the same words stand on the page after saving. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-duplicates]");
  if (!form) return;
  const value = (name) => ((form.elements[name] || {}).value || "").trim();

  function noteUnder(row, number) {
    const below = row.nextElementSibling;
    if (below && below.matches(".row-note")) return below.firstElementChild;
    const note = document.createElement("tr"), cell = document.createElement("td");
    note.className = "row-note";
    cell.colSpan = row.cells.length;
    cell.id = `${number.id}_known`;
    cell.setAttribute("role", "status");
    note.append(cell);
    row.after(note);
    number.setAttribute("aria-describedby", [number.getAttribute("aria-describedby"), cell.id].filter(Boolean).join(" "));
    return cell;
  }

  form.addEventListener("focusout", async (e) => {
    const [, prefix, field] = /^(.+)-(name|birth|sex|id_number)$/.exec(e.target.name || "") || [];
    const row = field && e.target.closest("[data-formset-row]");
    if (!row) return;
    const number = form.elements[`${prefix}-id_number`];
    const typed = { name: value(`${prefix}-name`), birth: value(`${prefix}-birth`), sex: value(`${prefix}-sex`), id_number: number.value.replace(/[\s.]/g, "") };
    if (!/^(\d{9}|\d{12})$/.test(typed.id_number)) typed.id_number = "";
    if (!typed.id_number && !(typed.name && typed.birth)) { const note = row.nextElementSibling; if (note && note.matches(".row-note")) note.firstElementChild.textContent = ""; return; }
    const question = new URLSearchParams({ ...typed, address: value("address"), residential_group: value("residential_group"), household: form.dataset.household || "" }).toString();
    if (row.dataset.asked === question) return;
    row.dataset.asked = question;
    const note = noteUnder(row, number);
    try {
      const answer = await fetch(form.dataset.duplicates, { method: "POST", body: `${question}&csrfmiddlewaretoken=${encodeURIComponent(value("csrfmiddlewaretoken"))}`, headers: { "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true" } });
      if (row.dataset.asked === question) note.innerHTML = answer.ok ? (await answer.text()).trim() : "";
    } catch { delete row.dataset.asked; }  // the line is down: asked again at the next chance, and after saving in any case
  });
})();
