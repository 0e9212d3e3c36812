/** An address to hand on: selectable without a script, copied with one press where there is one. */
export const CopyField = ({
  id,
  label,
  value,
  words,
}: {
  id: string;
  label: string;
  value: string;
  words: { copy: string; copied: string };
}) => (
  <div class="copy">
    <label for={id} class="copy-label">
      {label}
    </label>
    <div class="copy-row">
      <input id={id} class="copy-value" type="text" readOnly value={value} />
      <button
        type="button"
        class="button button-plain needs-script"
        data-copy={id}
        data-copied={words.copied}
      >
        {words.copy}
      </button>
    </div>
  </div>
);
