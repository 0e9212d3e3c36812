/** A process of its own that delivers and stops in the middle of the last file, to be killed there. */
import { Readable } from 'node:stream';
import { contextOf, deliveryOf, fileOf } from './deliveries.ts';
import { openSettings, type Settings } from './tools.ts';

const { settings, key, receiptNumber, firstText, bytes } = JSON.parse(process.argv[2] ?? '') as {
  settings: Settings;
  key: string;
  receiptNumber: string;
  firstText: string;
  bytes: number;
};

const hanging = () => {
  let sent = false;
  return new Readable({
    read() {
      if (sent) {
        console.log('hanging');
        return;
      }
      sent = true;
      this.push(Buffer.alloc(bytes / 2, 1));
    },
  });
};

const first = fileOf('first.txt', Buffer.from(firstText));
const last = fileOf('last.bin', Buffer.alloc(bytes, 1), hanging);
// Nothing else keeps this process alive while the stream hangs.
setInterval(() => undefined, 1_000);
await openSettings(settings).deliver(deliveryOf([first, last], { key, receiptNumber }), contextOf());
