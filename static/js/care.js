// A field of a message goes to where the cursor was: tapped, it stands in the text that was being written.
let box = document.querySelector('#rule textarea');
document.addEventListener('focusin', ({target}) => { if (target.closest('#rule .care-lang') && target.matches('input, textarea')) box = target; });
document.addEventListener('click', event => {
  const chip = event.target.closest('[data-field]');
  if (!chip || !box) return;
  const at = box.selectionStart ?? box.value.length;
  box.closest('details').open = true;
  box.setRangeText(chip.dataset.field, at, box.selectionEnd ?? at, 'end');
  box.dispatchEvent(new Event('input', {bubbles: true}));
  box.focus();
});
