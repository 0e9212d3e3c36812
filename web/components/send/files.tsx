import { formatBytes } from '../../i18n/format.ts';
import { fillCount } from '../../i18n/template.ts';
import { inputOfSlot } from '../../sending/rules.ts';
import type { ItemView, SendActions, SendView } from '../../sending/view.ts';
import { FileName } from '../file-name.tsx';
import { FileList } from './file-list.tsx';
import { DropTarget, Picker } from './picker.tsx';
import { Remaining } from './remaining.tsx';
import type { SendSetup, ShownSlot } from './setup.ts';

interface FilesProps {
  setup: SendSetup;
  view: SendView;
  actions?: SendActions;
}

/** Choosing, and the list of what was chosen with what became of each; with a checklist, for each item of it. */
export const Files = (props: FilesProps) => {
  const { setup, view, actions } = props;
  const { checklist, messages } = setup;
  return (
    <section class="part files" aria-labelledby="files-title">
      <h2 id="files-title">{messages.files.title}</h2>
      <Lost setup={setup} view={view} />
      {checklist.length === 0 ? (
        <OnePlace {...props} />
      ) : (
        <>
          {checklist.map((slot) => (
            <Slot key={slot.id} {...props} slot={slot} />
          ))}
          <Slot {...props} />
          {mayChoose(view) && <Remaining setup={setup} items={view.items} />}
          <Added setup={setup} view={view} />
        </>
      )}
      {view.items.length > 0 && view.phase === 'choosing' && (
        <Sum setup={setup} items={view.items} actions={actions} />
      )}
    </section>
  );
};

const mayChoose = ({ phase }: SendView): boolean => phase === 'choosing' || phase === 'sending';

const OnePlace = ({ setup, view, actions }: FilesProps) => {
  const { files } = setup.messages;
  const problem = view.fieldProblems.files;
  return (
    <>
      {mayChoose(view) && (
        <DropTarget class={`drop${view.items.length > 0 ? ' drop-small' : ''}`} actions={actions}>
          <p class="drop-words" aria-hidden="true">
            {files.drop}
          </p>
          <p class="drop-or" aria-hidden="true">
            {files.or}
          </p>
          <Picker
            setup={setup}
            rules={setup.rules}
            describedBy={problem === undefined ? undefined : 'files-problem'}
            actions={actions}
          />
          <Remaining setup={setup} items={view.items} />
        </DropTarget>
      )}
      {problem !== undefined && (
        <p class="problem" id="files-problem">
          {problem}
        </p>
      )}
      <Added setup={setup} view={view} />
      <FileList setup={setup} view={view} items={view.items} actions={actions} />
    </>
  );
};

/** The place of one checklist item, or of all other files. */
const Slot = ({ setup, view, actions, slot }: FilesProps & { slot?: ShownSlot }) => {
  const { files } = setup.messages;
  const items = view.items.filter((item) => item.slot === slot?.id);
  if (items.length === 0 && !mayChoose(view)) return null;
  const input = inputOfSlot(slot?.id);
  const problem = view.fieldProblems[input];
  const hints = slot?.ruleLines ?? [files.othersHint];
  const label = slot?.label ?? files.others;
  const describedBy = [
    ...(hints.length === 0 ? [] : [`${input}-hint`]),
    ...(problem === undefined ? [] : [`${input}-problem`]),
  ].join(' ');
  return (
    <DropTarget class="slot" slot={slot?.id} labelledBy={`${input}-label`} actions={actions}>
      <h3 id={`${input}-label`}>
        {label}
        {slot !== undefined && (
          <span class="mark"> {slot.required ? setup.marks.required : setup.marks.optional}</span>
        )}
      </h3>
      {hints.length > 0 && (
        <ul class="rules hint" id={`${input}-hint`}>
          {hints.map((hint) => (
            <li key={hint}>{hint}</li>
          ))}
        </ul>
      )}
      {mayChoose(view) && (
        <div class="slot-pick">
          <Picker
            setup={setup}
            slot={slot?.id}
            label={label}
            rules={slot?.rules ?? setup.rules}
            describedBy={describedBy === '' ? undefined : describedBy}
            actions={actions}
          />
          <span class="drop-words" aria-hidden="true">
            {files.dropHere}
          </span>
        </div>
      )}
      {problem !== undefined && (
        <p class="problem" id={`${input}-problem`}>
          {problem}
        </p>
      )}
      <FileList setup={setup} view={view} items={items} actions={actions} />
    </DropTarget>
  );
};

/** What can't be kept over a change of the language: until it is chosen again. */
const Lost = ({ setup: { messages }, view }: FilesProps) => {
  if (view.lost.length === 0 || view.phase !== 'choosing') return null;
  return (
    <div class="alert alert-warning">
      <p>{messages.files.lost}</p>
      <ul>
        {view.lost.map((path) => (
          <li key={path}>
            <FileName name={path} />
          </li>
        ))}
      </ul>
    </div>
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
