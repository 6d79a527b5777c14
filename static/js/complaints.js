// A reply begins with a tap: the sentence goes to where the cursor is.
const field = () => document.getElementById('text');
document.addEventListener('click', event => {
  const chip = event.target.closest('[data-starter]');
  if (!chip) return;
  event.preventDefault();
  const box = field(), {starter} = chip.dataset, at = box.selectionStart ?? box.value.length;
  const before = box.value.slice(0, at), gap = /[\w.,!?]$/.test(before) ? ' ' : '';
  box.setRangeText(gap + starter, at, box.selectionEnd ?? at, 'end');
  box.dispatchEvent(new Event('input', {bubbles: true}));
  box.focus();
});
// What was just said stands above the field, not behind it; whoever is in the middle of something else stays there.
document.addEventListener('htmx:after:swap', ({detail: {ctx}}) => {
  if (ctx?.target?.id !== 'detail' || document.querySelector('#detail details[open], #detail [aria-invalid]')) return;
  document.querySelector('#talk [data-here]')?.scrollIntoView({block: 'nearest'});
});
