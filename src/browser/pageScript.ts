/**
 * The script of the page on which runs are executed again. One run at a time has a worker of its own, which ends with it; what is asked for
 * meanwhile waits. Texts reach the page as text only.
 */
export const pageScript = `'use strict';
(() => {
  const textOf = (id) => document.getElementById(id).textContent;
  const runs = JSON.parse(textOf('runs'));
  const engine = URL.createObjectURL(new Blob([textOf('engine')], { type: 'text/javascript' }));
  const filesOf = (names) => Object.fromEntries(names.map((name) =>
    [name, Uint8Array.from(atob(textOf('file-' + name)), (character) => character.charCodeAt(0))]));
  const waiting = [];
  let current = null;

  const say = (row, state, text) => {
    row.dataset.state = state;
    row.querySelector('.verdict').textContent = text;
  };
  const label = (row, text) => { row.querySelector('button').textContent = text; };
  const textOfVerdict = (verdict) =>
    verdict.kind === 'identical'
      ? 'identical to the record: ' + verdict.steps + (verdict.steps === 1 ? ' step' : ' steps') + ', last link ' + verdict.last.slice(0, 16) + '…'
      : verdict.kind === 'differs'
        ? 'differs: the first link that differs is that of step ' + verdict.step + ', ' + verdict.got + ' here and ' + verdict.expected + ' in the record'
        : 'differs: ' + verdict.what;
  const end = (state, text) => {
    const { row, worker } = current;
    worker.terminate();
    say(row, state, text);
    label(row, 'Run again here');
    current = null;
    next();
  };
  const next = () => {
    if (current !== null || waiting.length === 0) return;
    const row = waiting.shift();
    const run = runs[Number(row.dataset.run)];
    const worker = new Worker(engine);
    current = { row, worker };
    say(row, 'running', 'starting');
    label(row, 'Stop');
    worker.onmessage = ({ data }) => {
      if (data.verdict) end(data.verdict.kind === 'identical' ? 'same' : 'different', textOfVerdict(data.verdict));
      else if (data.failed !== undefined) end('different', 'could not be run: ' + data.failed);
      else say(row, 'running', 'step ' + data.step + ' of ' + run.steps + ', every link so far is the record\\u2019s');
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end('different', 'could not be run: ' + (event.message || 'this browser does not start the engine'));
    };
    worker.postMessage({ record: run.record, files: filesOf(run.files) });
  };
  const press = (row) => {
    if (current !== null && current.row === row) return end('', 'stopped');
    const place = waiting.indexOf(row);
    if (place >= 0) {
      waiting.splice(place, 1);
      say(row, '', '');
      label(row, 'Run again here');
      return;
    }
    waiting.push(row);
    say(row, 'waiting', 'waiting for the run before it');
    label(row, 'Stop');
    next();
  };
  const rows = Array.from(document.querySelectorAll('tr[data-run]'));
  for (const row of rows) {
    const button = row.querySelector('button');
    button.disabled = false;
    button.addEventListener('click', () => press(row));
  }
  const all = document.getElementById('all');
  if (all) {
    all.disabled = false;
    all.addEventListener('click', () => {
      for (const row of rows) if (!['same', 'running', 'waiting'].includes(row.dataset.state)) press(row);
    });
  }
})();
`;
