// Waking this browser: a box with data-push (our public key), data-keep and data-end; it shows the part that is true here.
const box = document.querySelector('[data-push]'), said = box.querySelector('[data-said]');
const able = isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

const show = state => { for (const part of box.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state; };
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0));
const send = async (url, fields) => {
  const answer = await fetch(url, {method: 'POST', redirect: 'manual', body: new URLSearchParams(fields)});
  if (!answer.ok && answer.type !== 'opaqueredirect') throw new Error(String(answer.status));
};

const acts = {
  async keep(manager) {
    if (await Notification.requestPermission() !== 'granted') return;
    const mine = await manager.subscribe({userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push)});
    const {endpoint, keys} = mine.toJSON();
    try { await send(box.dataset.keep, {endpoint, ...keys}); } catch (error) { await mine.unsubscribe(); throw error; }
  },
  async end(manager) {
    const mine = await manager.getSubscription();
    if (!mine) return;
    await send(box.dataset.end, {endpoint: mine.endpoint});
    await mine.unsubscribe();
  },
};

if (able) {
  const {pushManager} = await navigator.serviceWorker.ready;
  const look = async () => show(Notification.permission === 'denied' ? 'denied' : await pushManager.getSubscription() ? 'on' : 'off');
  for (const button of box.querySelectorAll('[data-act]')) {
    button.addEventListener('click', async () => {
      button.ariaBusy = 'true';
      said.textContent = '';
      try { await acts[button.dataset.act](pushManager); } catch { said.textContent = said.dataset.failed; }
      button.removeAttribute('aria-busy');
      await look();
    });
  }
  await look();
}
