import { formatBytes } from '../../i18n/format.ts';
import { fill, fillCount } from '../../i18n/template.ts';
import { room } from '../../sending/rules.ts';
import type { ItemView } from '../../sending/view.ts';
import type { SendSetup } from './setup.ts';

/** How much more may be added, where that is limited. */
export const Remaining = ({ setup, items }: { setup: SendSetup; items: readonly ItemView[] }) => {
  const { language, messages, rules } = setup;
  const { files, bytes } = room(items, rules);
  const words = [
    ...(files === undefined
      ? []
      : [files === 0 ? messages.files.full : fillCount(language, messages.files.roomFiles, files)]),
    ...(bytes === undefined || files === 0
      ? []
      : [fill(language, messages.files.roomBytes, { size: formatBytes(language, bytes) })]),
  ];
  return words.length === 0 ? null : (
    <p class="hint remaining">
      {words.map((each) => (
        <span key={each}>{each}</span>
      ))}
    </p>
  );
};
