/**
 * The part of the page's script that draws the figures from the compiled specs beside them: as wide as the window
 * allows, in the colours of the style sheet, with the switches that a spec declares. What the reader sees comes first.
 */
export const pageFigures = `
  const PAPER = 800; // the width of a printed page, in pixels
  let isPrinting = false;
  const colors = new Map(Object.entries(dataOf('colors'))); // of the light palette, to the variables of the style sheet

  const viewOf = (spec, options) => new vega.View(vega.parse(spec, null, { ast: true }), {
    expr: vegaExpressionInterpreter,
    loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
    ...options,
  });
  const refuse = () => Promise.reject(new Error('a report loads nothing'));

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
    over: 0, // how much wider than the room the drawing was
  }));

  // the light colours, for files; as the reader has switched it
  const roomOf = (plot) => (isPrinting ? PAPER : Math.max(240, plot.element.clientWidth - 4));
  const specOf = (plot) => fit(chosen(compiled(plot), plot.state), roomOf(plot), plot.over);

  // how much room labels take is known only when they are drawn: what is too wide is drawn again
  const draw = (plot, tries = 3) => {
    if (plot.element.clientWidth !== plot.width) plot.over = 0;
    plot.width = plot.element.clientWidth;
    if (plot.view) plot.view.finalize();
    // what Vega draws has no text for screen readers: the element around it is the picture that has one
    const place = document.createElement('div');
    place.setAttribute('aria-hidden', 'true');
    plot.element.replaceChildren(place);
    try {
      const spec = recoloured(withoutMethods(specOf(plot)));
      plot.view = viewOf(spec, { renderer: 'svg', container: place, hover: true, tooltip: showTooltip });
      const view = plot.view.run();
      view.runAsync().then(() => { // its size is known only now
        if (plot.view !== view) return;
        const over = plot.element.scrollWidth - plot.width;
        if (over > 0 && tries > 1) {
          plot.over += over;
          draw(plot, tries - 1);
        } else {
          plot.element.dataset.drawn = 'true';
        }
      });
    } catch (error) {
      plot.view = null;
      plot.element.textContent = 'This figure could not be drawn: ' + error.message;
      plot.element.dataset.drawn = 'failed';
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
  const drawAll = (forPaper) => {
    isPrinting = forPaper;
    for (const plot of plots) {
      waiting.delete(plot);
      draw(plot, 1);
    }
  };
  addEventListener('beforeprint', () => drawAll(true));
  addEventListener('afterprint', () => drawAll(false));

  const refit = () => { for (const plot of plots) if (!waiting.has(plot) && plot.element.clientWidth !== plot.width) draw(plot); };
  let resizing;
  addEventListener('resize', () => {
    clearTimeout(resizing);
    resizing = setTimeout(refit, 150);
  });
`;
