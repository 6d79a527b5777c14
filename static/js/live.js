// The desk hears of changes: one "pulse" on <body> per message of the stream, or one a second while there is no stream.
const body = document.body, state = document.getElementById('connection'), sound = document.getElementById('sound');
const pulse = () => body.dispatchEvent(new CustomEvent('pulse'));
let stream, open = false, audio;

const show = live => {
  if (!state) return;
  state.dataset.state = live ? 'online' : 'retrying';
  state.querySelector('span').textContent = live ? state.dataset.online : state.dataset.retrying;
};
const listen = () => {
  stream?.close();
  stream = new EventSource(body.dataset.live);
  stream.onopen = () => { open = true; show(true); pulse(); };
  stream.onmessage = pulse;
  stream.onerror = () => {
    open = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
};
if (body.dataset.live) listen();
const ofQueue = ({detail: {ctx}}) => ctx?.sourceElement?.id === 'queue';
document.addEventListener('htmx:before:response', event => { if (ofQueue(event)) show(true); });
document.addEventListener('htmx:error', event => { if (ofQueue(event)) show(false); });
setInterval(() => { if (!open && !document.hidden) pulse(); }, 1000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) pulse(); });
addEventListener('pagehide', () => stream?.close());
addEventListener('pageshow', event => { if (event.persisted && body.dataset.live) listen(); });

// --- a short tone when something new came into the queue
const wanted = () => localStorage.getItem('sound') !== 'off';
const tone = () => {
  if (!wanted() || audio?.state !== 'running') return;
  [880, 1175].forEach((pitch, i) => {
    const note = audio.createOscillator(), loud = audio.createGain(), at = audio.currentTime + i * .16;
    note.frequency.value = pitch;
    loud.gain.setValueAtTime(.0001, at);
    loud.gain.exponentialRampToValueAtTime(.25, at + .02);
    loud.gain.exponentialRampToValueAtTime(.0001, at + .3);
    note.connect(loud).connect(audio.destination);
    note.start(at);
    note.stop(at + .32);
  });
};
addEventListener('pointerdown', () => { audio ??= new AudioContext(); audio.resume(); });
const paint = () => sound?.setAttribute('aria-pressed', wanted());
sound?.addEventListener('click', () => { localStorage.setItem('sound', wanted() ? 'off' : 'on'); paint(); setTimeout(tone, 50); });
paint();

const known = () => [...document.querySelectorAll('#queue [data-new]')].map(row => row.id);
let before = new Set(known());
document.addEventListener('htmx:after:swap', () => {
  const now = known();
  if (now.some(id => !before.has(id))) tone();
  before = new Set(now);
});

// --- the card that is open stays marked when the queue is drawn again
let opened;
const mark = () => document.querySelectorAll('#queue .ticket').forEach(row => {
  if (opened) row.id === opened ? row.setAttribute('aria-current', 'true') : row.removeAttribute('aria-current');
});
document.addEventListener('click', event => {
  const row = event.target.closest('#queue .ticket');
  if (row) { opened = row.id; mark(); }
});
document.addEventListener('htmx:after:swap', mark);

// --- the clock of the shop
const clock = document.getElementById('clock');
const write = () => { if (clock) clock.textContent = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: clock.dataset.zone}).format(); };
setInterval(write, 5000);
write();
