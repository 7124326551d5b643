// Gives each cell the heading of its column, which site.css shows on narrow screens.
for (const table of document.querySelectorAll(".md-typeset table:not([class])")) {
  const headings = [...table.querySelectorAll("thead th")].map((heading) => heading.textContent.trim())
  const labels = headings.map((heading) => (/^$|[?:.]$/.test(heading) ? heading : heading + ":") + " ")
  for (const row of table.querySelectorAll("tbody tr")) {
    for (const [column, cell] of [...row.cells].entries()) {
      cell.dataset.label = labels[column] ?? ""
    }
  }
  table.dataset.labelled = ""
}
