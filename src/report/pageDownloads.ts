/**
 * The part of the page's script that makes files of the figures, from what the page holds: drawings in the light
 * colours as the reader has switched them, the data as CSV, the Vega-Lite spec, and all figures as a PDF.
 */
export const pageDownloads = `
  const drawing = (plot, make) => {
    const view = viewOf(specOf(plot), { renderer: 'none' });
    return view.runAsync().then(() => make(view)).finally(() => view.finalize());
  };

  const pngOf = (view) => view.toCanvas(2).then((canvas) =>
    new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png')));

  // The spec stands in the page without the data that the compiled one has.
  const withData = (value, sets) => {
    if (Array.isArray(value)) return value.map((item) => withData(item, sets));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [
      key,
      key === 'data' && item && item.values === null ? { ...item, values: sets.get(item.name) } : withData(item, sets),
    ]));
  };
  const vegaLiteOf = (plot) =>
    withData(dataOf('lite-' + plot.id), new Map(compiled(plot).data.map(({ name, values }) => [name, values])));

  // a row an observation, all data sets with the columns of all: as in the files that the command line writes
  const innerViews = (view) => ['spec', 'layer', 'hconcat', 'vconcat', 'concat'].flatMap((key) => view[key] || []);
  const dataSets = (view, outer) => {
    const { data } = view;
    const sets = data && Array.isArray(data.values)
      ? [{ name: data.name || 'data ' + (outer.length + 1), rows: flattened(data.values, view.transform || []) }] : [];
    for (const inner of innerViews(view)) {
      for (const { name, rows } of dataSets(inner, [...outer, ...sets])) {
        let free = name;
        for (let n = 2; sets.some((set) => set.name === free); n++) free = name + ' (' + n + ')';
        sets.push({ name: free, rows });
      }
    }
    return sets;
  };
  const flattened = (rows, transform) => {
    const step = transform.find((one) => one.flatten);
    if (!step) return rows;
    const names = step.as || step.flatten;
    return rows.flatMap((row) => {
      const lists = step.flatten.map((field) => row[field]);
      const rest = Object.entries(row).filter(([field]) => !step.flatten.includes(field));
      return Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, i) =>
        Object.fromEntries([...rest, ...names.map((name, k) => [name, lists[k][i] === undefined ? null : lists[k][i]])]));
    });
  };
  const cell = (value) => {
    const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /[",\\n\\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const csvOf = (spec) => {
    const sets = dataSets(spec, []);
    const columns = [...new Set(sets.flatMap(({ rows }) => rows.flatMap(Object.keys)))].filter((name) => name !== 'tooltip');
    const named = sets.length > 1;
    const lines = [[...(named ? ['data'] : []), ...columns]];
    for (const { name, rows } of sets)
      for (const row of rows) lines.push([...(named ? [name] : []), ...columns.map((column) => row[column])]);
    return lines.map((line) => line.map(cell).join(',') + '\\n').join('');
  };

  const pdf = () => Uint8Array.from(atob(document.getElementById('figures-pdf').textContent), (letter) => letter.charCodeAt(0));

  const FILES = {
    svg: (plot) => drawing(plot, (view) => view.toSVG()).then((svg) => [svg, 'image/svg+xml', '.svg']),
    png: (plot) => drawing(plot, pngOf).then((blob) => [blob, 'image/png', '.png']),
    pdf: async () => [pdf(), 'application/pdf', '.pdf'],
    csv: async (plot) => [csvOf(vegaLiteOf(plot)), 'text/csv', '.csv'],
    json: async (plot) => [JSON.stringify(vegaLiteOf(plot)) + '\\n', 'application/json', '.vl.json'],
  };

  for (const link of document.querySelectorAll('[data-format]')) {
    if (link.dataset.format === 'pdf' && !document.getElementById('figures-pdf')) {
      link.remove();
      continue;
    }
    link.addEventListener('click', async (event) => {
      event.preventDefault();
      const { format } = link.dataset;
      const plot = plots.find(({ figure }) => figure.contains(link));
      const [content, type, ending] = await FILES[format](plot);
      const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
      const save = element('a', { href: address, download: (format === 'pdf' ? 'figures' : plot.id) + ending });
      save.click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
    });
  }
`;
