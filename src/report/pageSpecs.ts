/**
 * The part of the page's script that prepares compiled specs: functions of their arguments alone. `recoloured` needs a
 * map `colors` from the light palette to the variables of the style sheet.
 */
export const pageSpecs = `
  const GAP = 24;

  // Data may hold any text, also one that looks like a colour: only the drawing is recoloured. Neither is a scale that
  // mixes its colours: a variable cannot be mixed.
  const MIXING = new Set(['linear', 'log', 'pow', 'sqrt', 'symlog', 'sequential', 'diverging']);
  const recoloured = (value, key) => {
    if (key === 'data' || key === 'usermeta' || key === 'signals') return value;
    if (typeof value === 'string') return colors.has(value) ? 'var(' + colors.get(value) + ')' : value;
    if (Array.isArray(value)) return value.map((item) => recoloured(item));
    if (value === null || typeof value !== 'object') return value;
    if (key === undefined && MIXING.has(value.type) && value.range) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, recoloured(item, name)]));
  };

  const setSignal = (spec, name, value) => {
    const signal = (spec.signals || []).find((one) => one.name === name);
    if (signal) signal.value = value;
    return signal !== undefined;
  };

  // in as few columns as the same number of rows needs; narrow panels do without labels at the ends of their lines
  const fit = (spec, room, over) => {
    const { panels, minWidth, maxWidth, axis, labels = 0 } = spec.usermeta.layout;
    const isNarrow = labels > 0 && room - axis - labels < minWidth;
    if (isNarrow) setSignal(spec, 'labels', false);
    const side = axis + (isNarrow ? 0 : labels);
    const most = Math.max(1, Math.min(panels, Math.floor((room + GAP) / (minWidth + side + GAP))));
    const columns = Math.ceil(panels / Math.ceil(panels / most));
    const width = Math.max(120, Math.min(maxWidth, Math.floor((room - GAP * (columns - 1)) / columns - side)) - Math.ceil(over / columns));
    if (spec.layout) spec.layout.columns = columns;
    if (!setSignal(spec, 'child_width', width)) spec.width = width;
    for (const mark of spec.marks || []) if (mark.type === 'group' && mark.title) mark.title.limit = width;
    const names = (spec.scales || []).flatMap(({ name, domain }) => (name === 'color' && Array.isArray(domain) ? domain : []));
    const entry = Math.min(room, 44 + 8 * Math.max(7, ...names.map((name) => String(name).length)));
    Object.assign(spec.config.legend, { columns: Math.max(1, Math.min(6, Math.floor(room / entry))), labelLimit: entry - 30 });
    return spec;
  };

  // what the reader has chosen: signals by name, and the types of scales that come with them
  const chosen = (spec, state) => {
    for (const [name, value] of Object.entries(state)) setSignal(spec, name, value);
    for (const { signal, options } of spec.usermeta.controls || []) {
      const option = options.find(({ value }) => value === state[signal]);
      for (const [name, type] of Object.entries((option && option.scales) || {}))
        for (const scale of spec.scales || []) if (scale.name === name) scale.type = type;
    }
    return spec;
  };

  const METHODS = new Set(['color', 'strokeDash', 'shape']);
  const withoutMethods = (spec) => {
    if (spec.usermeta.legend && spec.legends)
      spec.legends = spec.legends.filter((legend) => ![legend.stroke, legend.fill, legend.strokeDash, legend.shape].some((scale) => METHODS.has(scale)));
    return spec;
  };

  // rows of the columns that the page holds, see packed.ts
  const rowsOf = ({ rows, columns }) => {
    const lists = columns.map(([name, list]) => [name, list.words ? list.at.map((i) => (Array.isArray(i) ? i : list.words[i])) : list]);
    return Array.from({ length: rows }, (_, i) =>
      Object.fromEntries(lists.flatMap(([name, list]) => (Array.isArray(list[i]) ? [] : [[name, list[i]]]))));
  };
`;
