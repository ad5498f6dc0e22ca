/**
 * The part of the page's script that makes controls of what a figure's spec declares in `usermeta` (see interaction.ts):
 * lists, buttons that are pressed or not, and a legend whose entries hide a method and bring it to the front.
 */
export const pageControls = `
  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const listOf = (plot, { label, options }, value, choose) => {
    const list = element('select', {}, ...options.map((option, i) => element('option', { value: i }, option.label)));
    list.selectedIndex = options.findIndex((option) => option.value === value);
    list.addEventListener('change', () => choose(options[list.selectedIndex].value));
    return element('label', {}, label + ' ', list);
  };

  const buttonOf = (plot, { label }, value, choose) => {
    const button = element('button', { type: 'button', class: 'toggle', 'aria-pressed': value }, label);
    button.addEventListener('click', () => {
      const pressed = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', pressed);
      choose(pressed);
    });
    return button;
  };

  const SVG = 'http://www.w3.org/2000/svg';
  const swatch = ({ color, dash }) => {
    const svg = document.createElementNS(SVG, 'svg');
    const line = document.createElementNS(SVG, 'line');
    const set = (node, attributes) => { for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value); };
    set(svg, { width: 24, height: 10, 'aria-hidden': 'true' });
    set(line, { x1: 1, x2: 23, y1: 5, y2: 5, 'stroke-width': 2, stroke: 'var(' + colors.get(color) + ')', 'stroke-dasharray': dash.join(' ') });
    svg.append(line);
    return svg;
  };

  // a legend switches a drawing that is there: the axes stay as they are
  const tell = (plot, name, value) => {
    plot.state[name] = value;
    if (plot.view) plot.view.signal(name, value).run();
  };

  const legendOf = (plot, { hidden, focus, entries }) => {
    const buttons = entries.map((entry) => {
      const button = element('button', { type: 'button', class: 'entry', 'aria-pressed': 'true' }, swatch(entry), entry.label);
      button.addEventListener('click', () => {
        button.setAttribute('aria-pressed', button.getAttribute('aria-pressed') !== 'true');
        tell(plot, focus, null);
        tell(plot, hidden, entries.filter((_, i) => buttons[i].getAttribute('aria-pressed') !== 'true').map(({ label }) => label));
      });
      for (const type of ['pointerenter', 'pointerleave', 'focus', 'blur']) button.addEventListener(type, () => tell(plot, focus, inFocus()));
      return button;
    });
    // what the pointer is over, otherwise what the keyboard has come to
    const inFocus = () => {
      const is = (state) => entries.find((_, i) => buttons[i].matches(state + '[aria-pressed=true]'));
      const entry = is(':hover') || is(':focus-visible');
      return entry ? entry.label : null;
    };
    return element('div', { class: 'legend', role: 'group', 'aria-label': 'Methods: hide or show' }, ...buttons);
  };

  for (const plot of plots) {
    const spec = dataOf(plot.spec);
    const { controls = [], legend } = spec.usermeta;
    const initial = (name) => spec.signals.find((signal) => signal.name === name).value;
    const note = element('p', { class: 'note', 'aria-live': 'polite' });
    const showNotes = () => {
      note.textContent = controls.flatMap(({ signal, options }) =>
        options.filter((option) => option.value === plot.state[signal] && option.note).map((option) => option.note)).join(' ');
    };
    const made = controls.map((control) => {
      const { signal, options } = control;
      plot.state[signal] = initial(signal);
      const isButton = options.every(({ value }) => typeof value === 'boolean');
      return (isButton ? buttonOf : listOf)(plot, control, plot.state[signal], (value) => {
        plot.state[signal] = value;
        showNotes();
        drawNow(plot);
        draw(plot);
      });
    });
    if (made.length > 0) plot.element.before(element('div', { class: 'controls', role: 'group', 'aria-label': 'What the figure shows' }, ...made));
    if (legend) plot.element.before(legendOf(plot, legend));
    if (made.length > 0) plot.element.after(note);
    showNotes();
  }
`;
