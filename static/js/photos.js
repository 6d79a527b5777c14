// Photos: several one after another, made smaller on the way, tried again after a cut; and pins, put where the picture is tapped.
const MOST = 2400, LARGEST = 12 << 20, SMALL_ENOUGH = 700_000, TRIES = 3;
const pause = ms => new Promise(done => setTimeout(done, ms));
const make = (name, fields = {}, ...inside) => {
  const element = Object.assign(document.createElement(name), fields);
  element.append(...inside);
  return element;
};

// --- taking
const lighter = async file => {
  try {
    const bitmap = await createImageBitmap(file), part = Math.min(1, MOST / Math.max(bitmap.width, bitmap.height));
    if (part === 1 && file.size < SMALL_ENOUGH) return file;
    const canvas = make('canvas', {width: Math.round(bitmap.width * part), height: Math.round(bitmap.height * part)}), pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', .88));
    return blob && blob.size < file.size ? blob : file;
  } catch { return file; } // the server says what is wrong with it
};

const post = (form, body, progress) => new Promise((done, cut) => {
  const request = new XMLHttpRequest(), fields = new FormData(form);
  fields.delete('photo');
  fields.append('photo', body, 'photo');
  request.open('POST', form.action);
  if (form.dataset.target) {
    request.setRequestHeader('HX-Request', 'true');
    request.setRequestHeader('HX-Request-Type', 'partial');
    request.setRequestHeader('HX-Current-URL', location.href);
  }
  request.timeout = 300_000;
  request.upload.onprogress = event => progress(event.loaded / event.total);
  request.onload = () => done(request);
  request.onerror = request.ontimeout = cut;
  request.send(fields);
});

const sent = async (form, body, progress) => {
  for (let n = 1; ; n++) {
    try {
      const answer = await post(form, body, progress);
      if (![408, 502, 503, 504].includes(answer.status) || n === TRIES) return answer;
      await pause(1000 * (Number(answer.getResponseHeader('Retry-After')) || n));
    } catch {
      if (n === TRIES) return null;
      await pause(1500 * n);
    }
  }
};

const said = html => {
  const page = new DOMParser().parseFromString(html, 'text/html');
  return (page.querySelector('[role=alert]') ?? page.querySelector('main p') ?? page.body).textContent.trim();
};
const lists = new WeakMap();

const send = async (state, waiting) => {
  const {form} = state, words = form.dataset, {row, bar, text, buttons} = waiting;
  Object.assign(text, {textContent: words.sending, className: ''});
  buttons.replaceChildren();
  bar.hidden = false;
  const body = waiting.body ??= await lighter(waiting.file);
  const answer = body.size > LARGEST ? null : await sent(form, body, share => { bar.value = share; });
  const elsewhere = answer?.getResponseHeader('HX-Redirect');
  if (elsewhere) { location.href = elsewhere; return; }
  if (answer?.status >= 200 && answer?.status < 300) {
    URL.revokeObjectURL(row.querySelector('img').src);
    row.remove();
    state.answer = answer;
    return;
  }
  const refused = body.size > LARGEST ? words.large : answer?.status >= 400 && answer.status < 500 ? said(answer.responseText) : '';
  Object.assign(text, {textContent: refused || words.failed, className: 'failed'});
  bar.hidden = true;
  const again = make('button', {className: 'button', type: 'button', textContent: words.again});
  const drop = make('button', {className: 'button bare', type: 'button', textContent: words.drop});
  again.onclick = () => { state.line.push(waiting); go(state); };
  drop.onclick = () => row.remove();
  buttons.replaceChildren(...refused ? [drop] : [again, drop]);
};

const go = async state => {
  if (state.busy) return;
  state.busy = true;
  for (let waiting; (waiting = state.line.shift());) await send(state, waiting);
  state.busy = false;
  const {answer, form} = state;
  state.answer = null;
  if (answer) await show(state, form, answer);
};

// What the server answered last takes its place; what has failed stays to be tried again.
const show = async (state, form, answer) => {
  const target = form.dataset.target && document.querySelector(form.dataset.target);
  if (!target) { if (!state.list.childElementCount) location.reload(); return; }
  await htmx.swap({sourceElement: form, target, swap: 'outerHTML', text: answer.responseText, request: {}});
  const anew = form.isConnected ? form : document.querySelector(`form[data-photos][action="${CSS.escape(form.getAttribute('action'))}"]`);
  if (!anew || anew === form) return;
  state.form = anew;
  lists.set(anew, state);
  anew.querySelector('.sending').replaceWith(state.list);
};

document.addEventListener('change', ({target}) => {
  const form = target.closest?.('form[data-photos]');
  if (!form || target.type !== 'file') return;
  const state = lists.get(form) ?? {form, list: form.querySelector('.sending'), line: [], busy: false, answer: null};
  lists.set(form, state);
  for (const file of target.files) {
    const bar = make('progress', {className: 'bar', max: 1, value: 0}), text = make('p', {textContent: form.dataset.sending}), buttons = make('div', {className: 'row'});
    bar.ariaLabel = form.dataset.sending;
    const image = make('img', {src: URL.createObjectURL(file), alt: '', onerror: () => { image.hidden = true; }});
    const row = make('li', {}, make('div', {className: 'preview'}, image), make('div', {}, text, bar), buttons);
    state.list.append(row);
    state.line.push({file, row, bar, text, buttons});
  }
  target.value = '';
  go(state);
});

// --- pinning
const put = (form, x, y) => {
  const {x: across, y: down} = form.elements, pin = form.querySelector('.pin.new');
  across.value = Math.round(Math.max(0, Math.min(1000, x)));
  down.value = Math.round(Math.max(0, Math.min(1000, y)));
  pin.setAttribute('x', `${across.value / 10}%`);
  pin.setAttribute('y', `${down.value / 10}%`);
  if (form.dataset.placed) return;
  form.dataset.placed = 1;
  form.dispatchEvent(new CustomEvent('pinned', {bubbles: true}));
};
const spot = (form, event) => {
  const box = form.querySelector('[data-spot]').getBoundingClientRect();
  put(form, (event.clientX - box.left) / box.width * 1000, (event.clientY - box.top) / box.height * 1000);
};
document.addEventListener('click', event => {
  const form = event.target.closest?.('[data-spot]')?.closest('form[data-pins]');
  if (form) spot(form, event);
});
document.addEventListener('pointerdown', event => {
  const pin = event.target.closest?.('.pin.new'), form = pin?.closest('form[data-pins]');
  if (!form) return;
  event.preventDefault(); // or the browser drags the picture
  pin.setPointerCapture(event.pointerId);
  pin.onpointermove = move => spot(form, move);
  pin.onpointerup = pin.onpointercancel = () => { pin.onpointermove = null; };
});
for (const type of ['input', 'focusin']) document.addEventListener(type, ({target}) => {
  const form = target.closest?.('form[data-pins] .where')?.closest('form');
  if (form) put(form, +form.elements.x.value, +form.elements.y.value);
});
document.addEventListener('keydown', event => {
  const form = event.target.closest?.('form[data-pins] .where')?.closest('form');
  const [across, down] = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key] ?? [0, 0];
  if (!form || !(across || down)) return;
  event.preventDefault();
  const step = event.shiftKey ? 50 : 10;
  put(form, +form.elements.x.value + across * step, +form.elements.y.value + down * step);
});
