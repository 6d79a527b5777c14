// Small behaviours bound by data-… attributes; every page works without them.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, selector, act, capture) => document.addEventListener(type, event => {
  const element = event.target.closest?.(selector);
  if (element) act(element, event);
}, capture);
const words = document.body.dataset;

// --- pending: the button that was pressed turns at once, and a second press does nothing
document.addEventListener('submit', event => {
  const button = event.submitter ?? event.target.querySelector('button:not([type=button])');
  if (event.target.matches('[aria-busy=true]')) return event.preventDefault(), event.stopImmediatePropagation();
  if (event.target.method === 'dialog') return;
  event.target.ariaBusy = 'true';
  if (button) button.ariaBusy = 'true';
  setTimeout(() => rest(event.target), 12000);
}, true);
const rest = root => [root, ...all('[aria-busy]', root)].forEach(element => element.removeAttribute?.('aria-busy'));
document.addEventListener('htmx:before:request', ({detail: {ctx: {sourceElement}}}) => {
  if (sourceElement.matches('button, .button')) sourceElement.ariaBusy = 'true';
});
document.addEventListener('htmx:finally:request', ({detail: {ctx: {sourceElement}}}) => rest(sourceElement));
addEventListener('pageshow', () => rest(document));

// --- toast
let hide;
export const toast = text => {
  let box = document.getElementById('toast');
  if (!text || !box) return;
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => { box.hidden = true; }, 4000);
};
document.addEventListener('htmx:error', ({detail: {ctx}}) => {
  if (ctx?.sourceElement?.matches('form, button, a, input')) toast(words.offline);
});
document.addEventListener('htmx:response:error', ({detail: {ctx}}) => {
  if (ctx.response.status >= 500 && ctx.sourceElement.matches('form, button, a, input')) toast(ctx.text);
});

// --- a link that changes a part of the page: its address becomes the page's, so that a reload shows the same
document.addEventListener('htmx:after:request', ({detail: {ctx}}) => {
  const {raw} = ctx.response ?? {};
  if (raw?.ok && ctx.sourceElement.matches('[data-address]')) history.replaceState(history.state, '', raw.url);
});

// --- time left: text as 9:41, <progress> as what is left of data-from … data-countdown; "over" is sent once at zero
const drift = navigator.onLine && words.now ? words.now - Date.now() / 1000 : 0;
const tick = () => {
  const now = Date.now() / 1000 + drift;
  for (const element of all('[data-countdown]')) {
    const until = +element.dataset.countdown, span = until - now, left = Math.max(0, Math.floor(span));
    if (element.localName === 'progress') {
      element.max = until - element.dataset.from;
      element.value = left;
      element.classList.toggle('low', left < element.max / 5);
    } else element.textContent = Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0');
    if (span <= 0 && !element.over) element.over = element.dispatchEvent(new CustomEvent('over', {bubbles: true}));
  }
};
setInterval(tick, 1000);

// --- keys of the number pad type into the field named by data-for
on('click', '[data-pad]', key => {
  const field = document.querySelector(key.closest('[data-for]').dataset.for), what = key.dataset.pad, was = field.value;
  const next = what === 'back' ? was.slice(0, -1) : what === 'clear' ? '' : was + what;
  const limit = +field.maxLength;
  if ((limit > 0 && next.length > limit) || (field.inputMode === 'decimal' && !/^\d{0,7}(\.\d{0,2})?$/.test(next))) return;
  field.value = next;
  field.dispatchEvent(new Event('input', {bubbles: true}));
  if (next.length === limit && field.dataset.full !== undefined) field.form.requestSubmit();
});
on('input', 'input[data-full]', field => { if (field.value.length === field.maxLength) field.form.requestSubmit(); });

// --- small things
on('change', '[data-change]', field => field.form.requestSubmit());
on('change', '[data-tint] input', field => {
  const {hue} = field.parentElement.querySelector('[data-hue]').dataset;
  for (const shown of all(field.closest('[data-tint]').dataset.tint)) shown.dataset.hue = hue;
});
on('input', '[data-echo]', field => { document.querySelector(field.dataset.echo).textContent = field.value; });
on('click', '[data-fill]', button => {
  const field = document.querySelector(button.dataset.fill);
  field.value = button.dataset.value;
  field.dispatchEvent(new Event('input', {bubbles: true}));
});
on('click', '[data-print]', () => print());
on('click', '[data-open]', button => document.querySelector(button.dataset.open).showModal());
on('click', '[data-dismiss]', button => {
  const box = button.closest('dialog, [data-dismissible]');
  box.localName === 'dialog' ? box.close() : box.remove();
});
on('click', 'dialog', (dialog, event) => { if (event.target === dialog) dialog.close(); });
const shut = but => all('.menu[open]').forEach(menu => { menu.open = menu.contains(but); });
document.addEventListener('click', event => shut(event.target));
document.addEventListener('keydown', event => { if (event.key === 'Escape') shut(null); });
on('click', '[data-copy]', async button => {
  if (button.dataset.share && navigator.share) return navigator.share({text: button.dataset.share}).catch(() => {});
  try { await navigator.clipboard.writeText(button.dataset.copy); toast(button.dataset.copied); }
  catch { getSelection().selectAllChildren(document.querySelector(button.dataset.source) ?? button); }
});
on('submit', '[data-forget]', () => navigator.serviceWorker?.controller?.postMessage({type: 'forget'}), true);

const felt = new WeakMap();
const settle = () => {
  tick();
  for (const dialog of all('dialog[data-show]:not([open])')) { dialog.removeAttribute('data-show'); dialog.showModal(); }
  for (const element of all('[data-vibrate]')) {
    if (felt.get(element) === element.dataset.vibrate) continue;
    felt.set(element, element.dataset.vibrate);
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(element.dataset.vibrate.split(' ').map(Number));
  }
};
document.addEventListener('htmx:after:swap', settle);
settle();
document.querySelector('[data-here]')?.scrollIntoView({inline: 'start', block: 'nearest'});

const [entry] = performance.getEntriesByType('navigation');
if (entry?.type !== 'back_forward') document.querySelector('form[data-autosubmit]')?.requestSubmit();
if (isSecureContext) navigator.serviceWorker?.register('/sw.js').catch(() => {});
