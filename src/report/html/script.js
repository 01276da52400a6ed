"use strict";
(() => {
  document.documentElement.classList.add("js");
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  for (const table of all("table.sortable")) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const heads = Array.from(table.tHead.rows[0].cells);
    const key = (row, at) => {
      const cell = row.cells[at];
      const value = cell.dataset.value;
      return value === undefined ? cell.textContent.trim().toLowerCase() : value;
    };
    heads.forEach((head, at) => {
      if (head.classList.contains("plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      const numbers = head.classList.contains("num");
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const falls = before ? before === "ascending" : numbers;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falls ? "descending" : "ascending");
        const sign = falls ? -1 : 1;
        const keyed = rows.map((row, place) => [key(row, at), place, row]);
        keyed.sort(([a, i], [b, j]) => {
          // What is not known comes last, whichever way.
          if (a === "" || b === "") return (a === "") - (b === "") || i - j;
          const order = numbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
          return order * sign || i - j;
        });
        body.replaceChildren(...keyed.map(([, , row]) => row));
      });
    });

    const controls = table.closest(".card").querySelector(".controls");
    if (!controls) continue;
    const field = controls.querySelector("input[type=search]");
    const shown = controls.querySelector(".shown");
    const tell = (count) => {
      shown.textContent = shown.dataset.form.replace("%{shown}", count.toLocaleString("en")).replace("%{all}", rows.length.toLocaleString("en"));
    };
    let texts = null;
    const narrow = () => {
      texts = texts || rows.map((row) => row.textContent.toLowerCase());
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kinds = new Set(all("input[type=checkbox]:checked", controls).map((box) => box.value));
      let count = 0;
      rows.forEach((row, at) => {
        const kind = kinds.size === 0 || (row.dataset.kinds || "").split(" ").some((one) => kinds.has(one));
        const fits = kind && words.every((word) => texts[at].includes(word));
        row.hidden = !fits;
        if (fits) count += 1;
      });
      tell(count);
    };
    let waiting = 0;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(narrow, 120);
    });
    controls.addEventListener("change", narrow);
    // Some browsers keep what was typed when a page is loaded again.
    if (field.value || controls.querySelector("input:checked")) narrow();
    else tell(rows.length);
  }

  const copy = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const text = button.parentElement.querySelector("code").textContent;
    copy(text).then(() => {
      const before = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = before; }, 1600);
    }, () => {});
  });

  // What is folded is printed too, but for what the drawings show already. Heads that are repeated on every page
  // are printed as words, since buttons are not.
  let folded = [];
  let heads = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])").filter((one) => !one.closest("figcaption"));
    folded.forEach((one) => { one.open = true; });
    heads = all("th > button");
    heads.forEach((button) => button.replaceWith(...button.childNodes));
  });
  addEventListener("afterprint", () => {
    folded.forEach((one) => { one.open = false; });
    const cells = all("th:not(.plain)", document).filter((cell) => cell.closest("table.sortable"));
    heads.forEach((button, at) => {
      button.append(...cells[at].childNodes);
      cells[at].append(button);
    });
  });
})();
