/**
 * The part of the page's script that draws the figures from the compiled specs beside them: as wide as the window
 * allows, in the colours of the style sheet, with the switches that a spec declares. What the reader sees comes first.
 */
export const pageFigures = `
  const GAP = 24;
  const colors = new Map(Object.entries(dataOf('colors'))); // of the light palette, to the variables of the style sheet

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
  const fit = (spec, room) => {
    const { panels, minWidth, maxWidth, axis, labels = 0 } = spec.usermeta.layout;
    const isNarrow = labels > 0 && room - axis - labels < minWidth;
    if (isNarrow) setSignal(spec, 'labels', false);
    const side = axis + (isNarrow ? 0 : labels);
    const most = Math.max(1, Math.min(panels, Math.floor((room + GAP) / (minWidth + side + GAP))));
    const columns = Math.ceil(panels / Math.ceil(panels / most));
    const width = Math.max(120, Math.min(maxWidth, Math.floor((room - GAP * (columns - 1)) / columns - side)));
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

  const viewOf = (spec, options) => new vega.View(vega.parse(spec, null, { ast: true }), {
    expr: vegaExpressionInterpreter,
    loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
    ...options,
  });
  const refuse = () => Promise.reject(new Error('a report loads nothing'));

  // rows of the columns that the page holds, see packed.ts
  const rowsOf = ({ rows, columns }) => {
    const lists = columns.map(([name, list]) => [name, list.words ? list.at.map((i) => (Array.isArray(i) ? i : list.words[i])) : list]);
    return Array.from({ length: rows }, (_, i) =>
      Object.fromEntries(lists.flatMap(([name, list]) => (Array.isArray(list[i]) ? [] : [[name, list[i]]]))));
  };
  const compiled = (plot) => {
    const spec = dataOf(plot.spec);
    for (const set of spec.data || []) if (set.values && set.values.columns) set.values = rowsOf(set.values);
    return spec;
  };

  const plots = Array.from(document.querySelectorAll('.plot'), (element) => ({
    element,
    id: element.dataset.name,
    figure: element.closest('figure'),
    spec: element.dataset.spec,
    state: {},
    view: null,
    width: 0,
  }));

  // the light colours, for files; as the reader has switched it
  const specOf = (plot) => fit(chosen(compiled(plot), plot.state), Math.max(240, plot.element.clientWidth - 4));

  const draw = (plot) => {
    plot.width = plot.element.clientWidth;
    if (plot.view) plot.view.finalize();
    try {
      const spec = recoloured(withoutMethods(specOf(plot)));
      plot.view = viewOf(spec, { renderer: 'svg', container: plot.element, hover: true, tooltip: showTooltip });
      plot.view.run();
      const svg = plot.element.querySelector('svg');
      if (svg) for (const name of ['role', 'aria-roledescription', 'aria-label']) svg.removeAttribute(name);
      if (svg) svg.setAttribute('aria-hidden', 'true'); // the element around it is the picture that has a text
      plot.element.dataset.drawn = 'true';
    } catch (error) {
      plot.element.textContent = 'This figure could not be drawn: ' + error.message;
    }
  };

  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  const showTooltip = (handler, event, item, value) => {
    tip.hidden = value === null || value === undefined || value === '';
    if (tip.hidden) return;
    const lines = typeof value === 'object' ? Object.entries(value).map(([name, text]) => name + ': ' + text) : [String(value)];
    tip.textContent = lines.join('\\n');
    const left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8);
    tip.style.left = Math.max(8, left) + scrollX + 'px';
    tip.style.top = event.clientY + scrollY + 16 + 'px';
  };
  addEventListener('keydown', (event) => { if (event.key === 'Escape') tip.hidden = true; });

  // first what is near the window, the others when the browser has nothing else to do, all of them before printing
  const waiting = new Set(plots);
  const drawNow = (plot) => {
    if (waiting.delete(plot)) draw(plot);
    watch.unobserve(plot.element);
  };
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) drawNow(plots.find(({ element }) => element === target));
  }, { rootMargin: '600px' });
  for (const { element } of plots) watch.observe(element);
  const whenIdle = window.requestIdleCallback || ((run) => setTimeout(run, 50));
  const drawRest = () => {
    const [plot] = waiting;
    if (plot) drawNow(plot);
    if (waiting.size > 0) whenIdle(drawRest);
  };
  whenIdle(drawRest);
  const drawAll = () => { for (const plot of [...waiting]) drawNow(plot); };
  addEventListener('beforeprint', drawAll);

  const refit = () => { for (const plot of plots) if (!waiting.has(plot) && plot.element.clientWidth !== plot.width) draw(plot); };
  let resizing;
  addEventListener('resize', () => {
    clearTimeout(resizing);
    resizing = setTimeout(refit, 150);
  });
`;
