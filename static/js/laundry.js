// Intake: what is tapped brings the last row of the choices into view; what was put in brings the first one back.
document.addEventListener('change', ({target}) => {
  if (target.matches('#add [name=item]')) document.querySelector('#add .stuffs').scrollIntoView({block: 'nearest', behavior: 'smooth'});
});
document.addEventListener('htmx:after:swap', () => {
  if (document.querySelector('#bag [data-fresh]')) document.getElementById('main').scrollTo({top: 0});
});

// Scanners at the desk. A scanner is a keyboard: what is typed outside any field lands in the one that waits for it, without its Enter going astray.
// Where many tags are scanned one after another (`#scan[data-many]`), each is sent by itself and answered at the top of the list; what is cut off is sent again.
const waiting = document.querySelector('[data-wedge]'), scan = document.querySelector('#scan[data-many]');

document.addEventListener('keydown', event => {
  const field = document.querySelector('[data-wedge]');
  if (field && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest('input, textarea, select, dialog, button, a, summary')) field.focus();
});

if (scan) {
  const form = scan.querySelector('form'), field = form.elements.code, list = document.getElementById('scanned'), line = [], seen = new Map();
  const place = document.getElementById('place-box');
  const moves = () => form.elements.stage.value;
  const put = html => {
    list.insertAdjacentHTML('afterbegin', html);
    htmx.process(list);
    const {said} = list.firstElementChild?.dataset ?? {};
    if (said) navigator.vibrate?.(said === 'done' ? 40 : [80, 60, 80]);
    while (list.childElementCount > 60) list.lastElementChild.remove();
  };
  let busy = false;
  const next = async () => {
    if (busy || !line.length) return;
    busy = true;
    const {code, stage, where} = line[0];
    try {
      const body = new URLSearchParams({code, stage, place: where});
      const answer = await fetch(form.action, {method: 'POST', body, headers: {'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Current-URL': location.href}});
      const elsewhere = answer.headers.get('HX-Redirect');
      if (elsewhere) { location.href = elsewhere; return; }
      if (answer.status >= 500) throw new Error(answer.status);
      put(await answer.text());
      line.shift();
    } catch {
      await new Promise(done => setTimeout(done, 1500));
    }
    form.dataset.line = line.length || '';
    busy = false;
    next();
  };
  const send = code => {
    const text = code.trim();
    if (!text) return;
    const stage = moves(), known = `${stage} ${text}`, now = Date.now();
    if (now - (seen.get(known) ?? 0) < 3000) return;
    seen.set(known, now);
    line.push({code: text, stage, where: form.elements.place.value});
    next();
  };
  scan.addEventListener('scanned', event => send(event.detail));
  form.addEventListener('submit', event => {
    event.preventDefault();
    event.stopImmediatePropagation();
    form.removeAttribute('aria-busy');
    form.querySelectorAll('[aria-busy]').forEach(button => button.removeAttribute('aria-busy'));
    send(field.value);
    field.value = '';
    field.focus();
  });
  const shown = () => { place.hidden = moves() !== 'racked'; };
  form.addEventListener('change', shown);
  shown();
} else if (waiting?.autofocus) waiting.focus();
