// Passkeys: buttons with data-passkey="create|get", data-begin and data-end; shown only where they can work.
const embedded = /MicroMessenger|AlipayClient/i.test(navigator.userAgent);
const able = isSecureContext && !embedded && window.PublicKeyCredential?.parseRequestOptionsFromJSON;

const ask = async (url, body = {}) => {
  const answer = await fetch(url, {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify(body)});
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? '');
  return told;
};

for (const button of document.querySelectorAll('[data-passkey]')) {
  if (!able) continue;
  const box = button.closest('[data-passkey-box]') ?? button, said = box.querySelector('[data-said]');
  box.hidden = false;
  button.addEventListener('click', async () => {
    button.ariaBusy = 'true';
    if (said) said.textContent = '';
    try {
      const options = await ask(button.dataset.begin);
      const credential = button.dataset.passkey === 'create'
        ? await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})
        : await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)});
      const told = await ask(button.dataset.end, credential.toJSON());
      location.assign(told.then ?? button.dataset.then ?? location.href);
    } catch (error) {
      if (said) said.textContent = error.name === 'Error' && error.message ? error.message : button.dataset.failed ?? '';
      button.removeAttribute('aria-busy');
    }
  });
}
