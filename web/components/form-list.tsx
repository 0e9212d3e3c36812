import type { ComponentChildren } from 'preact';
import { formatBytes, type Language } from '../i18n/format.ts';
import { FileName } from './file-name.tsx';

/** A blank form that staff attached to a request. */
export interface ShownForm {
  id: string;
  name: string;
  sizeBytes: number;
}

/** Forms to fetch. `download`, so that the page stays, with all that was typed on it. */
export const FormList = ({
  language,
  forms,
  pathOf,
  after,
}: {
  language: Language;
  forms: readonly ShownForm[];
  pathOf: (id: string) => string;
  /** What stands beside each. */
  after?: (form: ShownForm) => ComponentChildren;
}) => (
  <ul class="form-list">
    {forms.map((form) => (
      <li key={form.id}>
        <a href={pathOf(form.id)} download>
          <FileName name={form.name} />
        </a>{' '}
        <span class="quiet">{factsOf(language, form)}</span>
        {after?.(form)}
      </li>
    ))}
  </ul>
);

/** `PDF, 146 KB` */
const factsOf = (language: Language, { name, sizeBytes }: ShownForm): string => {
  const [, ending] = /\.([^.]{1,5})$/.exec(name) ?? [];
  return [...(ending === undefined ? [] : [ending.toUpperCase()]), formatBytes(language, sizeBytes)].join(
    ', ',
  );
};
