import { fingerprintOf, hashOfFile } from './file-hash.ts';
import { type BackgroundAnswer, type BackgroundTask, pictureEdge, pieceBytes } from './sending/background.ts';

/** What is waited for comes first: a chosen file to be recognised, a file to be sent. */
const order = ['fingerprint', 'hash', 'picture'] as const satisfies BackgroundTask['kind'][];

/** A worker of the submitter's page: what would make it stutter. One task after the other. */
const start = () => {
  const tasks: BackgroundTask[] = [];
  let isBusy = false;

  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const result = await perform(task).catch(() => undefined);
      postMessage({ id: task.id, result } satisfies BackgroundAnswer);
    }
    isBusy = false;
  };

  addEventListener('message', ({ data }: MessageEvent<BackgroundTask>) => {
    tasks.push(data);
    tasks.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    void work();
  });
};

const perform = ({ kind, file }: BackgroundTask): Promise<string | Blob> => {
  if (kind === 'picture') return pictureOf(file);
  return kind === 'hash' ? hashOfFile(file, pieceBytes) : fingerprintOf(file);
};

/** The middle of it, as a square. */
const pictureOf = async (file: File): Promise<Blob> => {
  const whole = await createImageBitmap(file);
  try {
    const canvas = new OffscreenCanvas(pictureEdge, pictureEdge);
    const edge = Math.min(whole.width, whole.height);
    const [left, top] = [(whole.width - edge) / 2, (whole.height - edge) / 2];
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, left, top, edge, edge, 0, 0, pictureEdge, pictureEdge);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    whole.close();
  }
};

start();
