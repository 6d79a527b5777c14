// A signature by finger: what is drawn is posted as a picture in place of the file that a tablet without scripts would send.
const form = document.querySelector('[data-sign]'), box = form.querySelector('.sign-box'), canvas = box.querySelector('canvas');
const file = form.elements.photo, clear = form.querySelector('[data-clear]'), pen = canvas.getContext('2d');
let drawn = 0, last;

const size = () => {
  const scale = Math.min(2, devicePixelRatio || 1), {width, height} = box.getBoundingClientRect();
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  Object.assign(pen, {lineWidth: 3.5, lineCap: 'round', lineJoin: 'round', strokeStyle: '#12211c'});
  drawn = 0;
  show();
};
const show = () => { box.dataset.drawn = drawn ? '1' : ''; clear.hidden = !drawn; };
const spot = event => ({x: event.offsetX, y: event.offsetY});

canvas.addEventListener('pointerdown', event => {
  canvas.setPointerCapture(event.pointerId);
  last = spot(event);
});
canvas.addEventListener('pointermove', event => {
  if (!last) return;
  for (const step of event.getCoalescedEvents?.() ?? [event]) {
    const next = spot(step);
    pen.beginPath();
    pen.moveTo(last.x, last.y);
    pen.lineTo(next.x, next.y);
    pen.stroke();
    drawn += Math.hypot(next.x - last.x, next.y - last.y);
    last = next;
  }
  show();
});
for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { last = null; });
clear.addEventListener('click', size);

form.addEventListener('submit', event => {
  if (form.dataset.ready || drawn < 40) return;
  event.preventDefault();
  canvas.toBlob(blob => {
    const files = new DataTransfer();
    files.items.add(new File([blob], 'signature.png', {type: 'image/png'}));
    file.files = files.files;
    form.dataset.ready = '1';
    form.removeAttribute('aria-busy');
    form.requestSubmit();
  }, 'image/png');
});
file.required = false;
size();
let width = innerWidth;
addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; size(); } });
