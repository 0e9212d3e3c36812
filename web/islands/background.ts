import { hashOfFile } from './file-hash.ts';
import { type BackgroundAnswer, type BackgroundTask, pictureEdge, pieceBytes } from './sending/background.ts';

/**
 * A worker of the submitter's page: what would make it stutter. One task after the other; hashes, for which a file
 * waits to be sent, before pictures.
 */
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
    const firstPicture = tasks.findIndex((task) => task.kind === 'picture');
    if (data.kind === 'hash' && firstPicture >= 0) tasks.splice(firstPicture, 0, data);
    else tasks.push(data);
    void work();
  });
};

const perform = ({ kind, file }: BackgroundTask): Promise<string | Blob> =>
  kind === 'hash' ? hashOfFile(file, pieceBytes) : pictureOf(file);

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
