import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { takesPhotos } from '../../sending/pictures.ts';
import { inputOfSlot, type Rules } from '../../sending/rules.ts';
import type { SendActions } from '../../sending/view.ts';
import type { SendSetup } from './setup.ts';

interface DropTargetProps {
  class: string;
  /** The id of a checklist item; left out: other files. */
  slot?: string;
  /** The id of its heading, where it has one. */
  labelledBy?: string;
  actions?: SendActions;
  children: ComponentChildren;
}

/** Takes what is dropped anywhere on it. */
export const DropTarget = ({ slot, labelledBy, actions, children, ...named }: DropTargetProps) => {
  const [over, setOver] = useState(false);
  return (
    <div
      class={`${named.class}${over ? ' drop-over' : ''}`}
      data-slot={slot}
      role={labelledBy === undefined ? undefined : 'group'}
      aria-labelledby={labelledBy}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        actions?.drop(event.dataTransfer, slot);
      }}
    >
      {children}
    </div>
  );
};

interface PickerProps {
  setup: SendSetup;
  slot?: string;
  /** What the files are for: follows the words of each button for screen readers. */
  label?: string;
  rules: Rules;
  describedBy?: string;
  actions?: SendActions;
}

/** The buttons that choose files. Folders are for the place that takes anything. */
export const Picker = ({ setup, slot, label, rules, describedBy, actions }: PickerProps) => {
  const { files } = setup.messages;
  const suffix = slot === undefined ? '' : `.${slot}`;
  const common = { slot, label, describedBy, actions };
  return (
    <div class="drop-buttons">
      <Pick {...common} id={inputOfSlot(slot)} words={files.chooseFiles} multiple={rules.maxFiles !== 1} />
      {slot === undefined && <Pick {...common} id="folder" words={files.chooseFolder} multiple isFolder />}
      {takesPhotos(rules) && <Pick {...common} id={`camera${suffix}`} words={files.takePhoto} isCamera />}
    </div>
  );
};

interface PickProps extends Pick<PickerProps, 'slot' | 'label' | 'describedBy' | 'actions'> {
  id: string;
  words: string;
  multiple?: boolean;
  isFolder?: boolean;
  isCamera?: boolean;
}

const Pick = (props: PickProps) => {
  const { id, words, label, slot, actions } = props;
  const kind = props.isFolder ? ' pick-folder' : props.isCamera ? ' pick-camera' : '';
  return (
    <span class={`pick${kind}`}>
      <input
        id={id}
        type="file"
        multiple={props.multiple}
        {...(props.isFolder ? { webkitdirectory: true } : {})}
        {...(props.isCamera ? { accept: 'image/*', capture: 'environment' } : {})}
        disabled={actions === undefined}
        aria-describedby={props.describedBy}
        onChange={({ currentTarget: input }) => {
          actions?.addFiles(input.files, slot);
          // So that choosing the same file again is a change again.
          input.value = '';
        }}
      />
      <label for={id} class="button button-plain">
        {words}
        {label !== undefined && <span class="visually-hidden"> {label}</span>}
      </label>
    </span>
  );
};
