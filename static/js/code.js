// My code: the screen stays on; without a network the page says how old it is.
const awake = async () => { try { await navigator.wakeLock?.request('screen'); } catch { /* the phone decides */ } };
awake();
const note = document.getElementById('offline-note');
const show = () => { if (note) note.hidden = navigator.onLine && !note.dataset.failed; };
document.addEventListener('htmx:error', () => { if (note) note.dataset.failed = 1; show(); });
document.addEventListener('htmx:after:swap', () => { if (note) delete note.dataset.failed; show(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) awake(); });
addEventListener('online', show);
addEventListener('offline', show);
show();
