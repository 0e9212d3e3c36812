import { formatBytes, formatShare } from '../../i18n/format.ts';
import { fill } from '../../i18n/template.ts';
import { showsPictures } from '../../sending/pictures.ts';
import { isUnderWay } from '../../sending/progress.ts';
import type { ItemView, SendActions, SendView } from '../../sending/view.ts';
import { FileName } from '../file-name.tsx';
import { visibleName } from '../visible-name.ts';
import type { SendSetup } from './setup.ts';

/** Files that were chosen, with what became of each. */
export const FileList = ({
  setup,
  view,
  items,
  actions,
}: {
  setup: SendSetup;
  view: SendView;
  /** Those of one place. */
  items: ItemView[];
  actions?: SendActions;
}) => {
  if (items.length === 0) return null;
  const isPictured = showsPictures(view.items) && showsPictures(items);
  return (
    <ul class={`items${isPictured ? ' items-pictured' : ''}`}>
      {items.map((item) => (
        <Item
          key={item.key}
          setup={setup}
          item={item}
          phase={view.phase}
          isPictured={isPictured}
          actions={actions}
        />
      ))}
    </ul>
  );
};

const Item = ({
  setup,
  item,
  phase,
  isPictured,
  actions,
}: {
  setup: SendSetup;
  item: ItemView;
  isPictured: boolean;
  phase: SendView['phase'];
  actions?: SendActions;
}) => {
  const { messages, language } = setup;
  const begun = item.state === 'missing' && item.sentBytes > 0;
  const moving = begun || item.state === 'sending' || item.state === 'interrupted' || item.state === 'paused';
  const bad = item.state === 'refused' || item.state === 'failed';
  const mayRemove = phase === 'choosing' || phase === 'sending';
  const share = item.sizeBytes === 0 ? 0 : item.sentBytes / item.sizeBytes;
  return (
    <li class={`item item-${item.state}`} data-key={item.key}>
      {isPictured && <Picture item={item} />}
      <div class="item-words">
        <FileName name={item.path} />
        <p class="item-facts">
          <span>{formatBytes(language, item.sizeBytes)}</span>
          {(phase !== 'choosing' || bad) && (
            <span class="item-state">
              {item.state === 'sending'
                ? fill(language, messages.progress.file, { share: formatShare(language, share) })
                : messages.state[item.state]}
            </span>
          )}
        </p>
      </div>
      {(item.words ?? item.note) !== undefined && (
        <div class="item-why">
          {item.words !== undefined && <p class="problem">{item.words}</p>}
          {item.note !== undefined && <p class="hint">{item.note}</p>}
        </div>
      )}
      <div class="item-actions">
        {item.mayRetry === true && (
          <ItemButton
            words={messages.files.retry}
            name={item.path}
            onPress={() => actions?.retry(item.key)}
          />
        )}
        {mayRemove && (
          <ItemButton
            words={isUnderWay(item) ? messages.files.cancel : messages.files.remove}
            name={item.path}
            onPress={() => actions?.remove(item.key)}
          />
        )}
      </div>
      {moving && <progress class="item-progress" max={1} value={share} aria-label={visibleName(item.path)} />}
    </li>
  );
};

/** What the file looks like, or else what it is called at the end: for the eye alone, its name stands beside it. */
const Picture = ({ item }: { item: ItemView }) => (
  <span class="item-picture" aria-hidden="true">
    {item.picture === undefined ? (
      (/\.([^./]{1,4})$/.exec(item.path)?.[1] ?? '').toUpperCase()
    ) : (
      <img src={item.picture} alt="" width={48} height={48} decoding="async" />
    )}
  </span>
);

const ItemButton = ({ words, name, onPress }: { words: string; name: string; onPress: () => void }) => (
  <button type="button" class="link" onClick={onPress}>
    {words}
    <span class="visually-hidden"> {visibleName(name)}</span>
  </button>
);
