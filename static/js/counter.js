// The counter code: the screen stays on, and fills the tablet on a tap. htmx changes the code itself.
const awake = async () => { try { await navigator.wakeLock?.request('screen'); } catch { /* the tablet decides */ } };
awake();
document.addEventListener('visibilitychange', () => { if (!document.hidden) awake(); });
document.querySelector('[data-fullscreen]')?.addEventListener('click', () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
});
