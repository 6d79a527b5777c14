// Reads a QR code on the desk: the browser's own reader, else zxing; by camera, by photo, by USB scanner, by six typed digits.
const root = document.getElementById('scan'), form = root.querySelector('form'), field = form.elements.code;
const video = root.querySelector('video'), said = root.querySelector('[data-said]');
const say = key => { said.textContent = root.dataset[key] ?? ''; root.dataset.state = key; };
let running = true;

const found = text => {
  if (!text || !running) return false;
  if (root.dataset.many !== undefined) return root.dispatchEvent(new CustomEvent('scanned', {detail: text})), false;
  running = false;
  field.value = text;
  navigator.vibrate?.(40);
  form.requestSubmit();
  return true;
};

const load = src => new Promise((done, fail) => {
  const script = document.createElement('script');
  Object.assign(script, {src, onload: done, onerror: fail});
  document.head.append(script);
});

let making;
const decoder = () => making ??= (async () => {
  if ('BarcodeDetector' in window && (await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
    const detector = new BarcodeDetector({formats: ['qr_code']});
    return async image => (await detector.detect(image instanceof Blob ? await createImageBitmap(image) : image))[0]?.rawValue;
  }
  await load(root.dataset.zxing);
  ZXingWASM.prepareZXingModule({overrides: {locateFile: () => root.dataset.wasm}});
  return async image => (await ZXingWASM.readBarcodes(image, {formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: true}))[0]?.text;
})();

const watch = async () => {
  if (!isSecureContext || !navigator.mediaDevices) return say('insecure');
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment', width: {ideal: 1280}}});
    video.srcObject = stream;
    await video.play();
    say('looking');
    const decode = await decoder();
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d', {willReadFrequently: true});
    while (running && stream.active) {
      if (video.videoWidth) {
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        pen.drawImage(video, 0, 0);
        if (found(await decode(pen.getImageData(0, 0, canvas.width, canvas.height)))) break;
      }
      await new Promise(done => setTimeout(done, 100));
    }
  } catch (error) {
    say({NotAllowedError: 'refused', NotFoundError: 'missing'}[error.name] ?? 'broken');
  } finally {
    stream?.getTracks().forEach(track => track.stop());
  }
};

root.querySelector('input[type=file]').addEventListener('change', async event => {
  const [photo] = event.target.files;
  if (!photo) return;
  try { if (!found(await (await decoder())(photo))) say('unread'); } catch { say('unread'); }
  event.target.value = '';
});

// A USB scanner is a keyboard: whatever is typed lands in the field.
document.addEventListener('keydown', event => {
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.closest('input, textarea, select, dialog')) field.focus();
});
addEventListener('pagehide', () => { running = false; });
watch();
