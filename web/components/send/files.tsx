import { useState } from 'preact/hooks';
import { formatBytes, formatShare } from '../../i18n/format.ts';
import { fill, fillCount } from '../../i18n/template.ts';
import { showsPictures, takesPhotos } from '../../sending/pictures.ts';
import type { ItemView, SendActions, SendView } from '../../sending/view.ts';
import { FileName } from '../file-name.tsx';
import { visibleName } from '../visible-name.ts';
import { Remaining } from './remaining.tsx';
import type { SendSetup } from './setup.ts';

interface FilesProps {
  setup: SendSetup;
  view: SendView;
  actions?: SendActions;
}

/** Choosing, and the list of what was chosen with what became of each. */
export const Files = ({ setup, view, actions }: FilesProps) => {
  const { messages } = setup;
  const problem = view.fieldProblems.files;
  const mayChoose = view.phase === 'choosing' || view.phase === 'sending';
  return (
    <section class="part files" aria-labelledby="files-title">
      <h2 id="files-title">{messages.files.title}</h2>
      {mayChoose && <Picker setup={setup} view={view} actions={actions} />}
      {problem !== undefined && (
        <p class="problem" id="files-problem">
          {problem}
        </p>
      )}
      <Added setup={setup} view={view} />
      {view.items.length > 0 && (
        <>
          <ul class={`items${showsPictures(view.items) ? ' items-pictured' : ''}`}>
            {view.items.map((item) => (
              <Item
                key={item.key}
                setup={setup}
                item={item}
                phase={view.phase}
                isPictured={showsPictures(view.items)}
                actions={actions}
              />
            ))}
          </ul>
          {view.phase === 'choosing' && <Sum setup={setup} items={view.items} actions={actions} />}
        </>
      )}
    </section>
  );
};

/** What became of the last addition, where that is not plain from the list. */
const Added = ({ setup: { messages, language }, view }: FilesProps) => {
  const { files } = messages;
  const refused = view.items.filter(({ state }) => state === 'refused').length;
  return (
    <>
      {view.skipped > 0 && (
        <p class="hint">
          {fillCount(language, files.skipped, view.skipped)} {files.skippedWhy}
        </p>
      )}
      {view.already > 0 && <p class="hint">{fillCount(language, files.already, view.already)}</p>}
      {view.unreadable > 0 && <p class="problem">{fillCount(language, files.unreadable, view.unreadable)}</p>}
      {refused > 0 && view.phase === 'choosing' && (
        <p class="problem">{fillCount(language, files.refused, refused)}</p>
      )}
    </>
  );
};

const Picker = ({ setup, view, actions }: FilesProps) => {
  const { files } = setup.messages;
  const [over, setOver] = useState(false);
  const add = (input: HTMLInputElement) => {
    actions?.addFiles(input.files);
    // So that choosing the same file again is a change again.
    input.value = '';
  };
  return (
    <div
      class={`drop${over ? ' drop-over' : ''}${view.items.length > 0 ? ' drop-small' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        actions?.drop(event.dataTransfer);
      }}
    >
      <p class="drop-words" aria-hidden="true">
        {files.drop}
      </p>
      <p class="drop-or" aria-hidden="true">
        {files.or}
      </p>
      <div class="drop-buttons">
        <span class="pick">
          <input
            id="files"
            type="file"
            multiple
            disabled={actions === undefined}
            aria-describedby={view.fieldProblems.files === undefined ? undefined : 'files-problem'}
            onChange={(event) => add(event.currentTarget)}
          />
          <label for="files" class="button button-plain">
            {files.chooseFiles}
          </label>
        </span>
        <span class="pick pick-folder">
          <input
            id="folder"
            type="file"
            multiple
            {...{ webkitdirectory: true }}
            disabled={actions === undefined}
            onChange={(event) => add(event.currentTarget)}
          />
          <label for="folder" class="button button-plain">
            {files.chooseFolder}
          </label>
        </span>
        {takesPhotos(setup.rules) && (
          <span class="pick pick-camera">
            <input
              id="camera"
              type="file"
              accept="image/*"
              capture="environment"
              disabled={actions === undefined}
              onChange={(event) => add(event.currentTarget)}
            />
            <label for="camera" class="button button-plain">
              {files.takePhoto}
            </label>
          </span>
        )}
      </div>
      <Remaining setup={setup} items={view.items} />
    </div>
  );
};

const Sum = ({ setup, items, actions }: { setup: SendSetup; items: ItemView[]; actions?: SendActions }) => {
  const good = items.filter((item) => item.state !== 'refused');
  const bytes = good.reduce((sum, item) => sum + item.sizeBytes, 0);
  return (
    <div class="sum">
      <p>
        <span>{fillCount(setup.language, setup.messages.files.chosen, good.length)}</span>{' '}
        <span>{formatBytes(setup.language, bytes)}</span>
      </p>
      {items.length > 1 && (
        <button type="button" class="link" onClick={() => actions?.removeAll()}>
          {setup.messages.files.removeAll}
        </button>
      )}
    </div>
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
  const mayRemove =
    phase === 'choosing' || (phase === 'sending' && item.state !== 'arrived' && item.state !== 'stored');
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
            words={
              phase === 'choosing' || bad || item.state === 'missing'
                ? messages.files.remove
                : messages.files.cancel
            }
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
