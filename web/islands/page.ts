/** Small comforts of pages that work without them: copying an address, printing. */
const start = () => {
  for (const button of document.querySelectorAll<HTMLElement>('[data-copy]'))
    button.addEventListener('click', () => void copy(button));
  for (const button of document.querySelectorAll('[data-print]'))
    button.addEventListener('click', () => print());
};

const sayCopiedMs = 2000;

const copy = async (button: HTMLElement) => {
  const field = document.getElementById(button.dataset.copy ?? '');
  if (!(field instanceof HTMLInputElement)) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Not allowed, or not over https: it stays selected, to be copied by hand.
    return;
  }
  const words = button.textContent;
  button.textContent = button.dataset.copied ?? words;
  setTimeout(() => {
    button.textContent = words;
  }, sayCopiedMs);
};

start();
