import { Field } from '../../components/field.tsx';
import { FormList, type ShownForm } from '../../components/form-list.tsx';
import { visibleName } from '../../components/visible-name.ts';
import { formatBytes, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

/** What a request's page knows of its forms. */
export interface ShownForms {
  id: string;
  forms: ShownForm[];
  /** How many there may be, and how large one. */
  formLimits: { count: number; sizeBytes: number };
}

/** The blank forms of a request: attach one, look at them, take them away. Works without a script. */
export const Forms = ({ context, request }: { context: PageContext; request: ShownForms }) => {
  const { language } = context;
  const words = messagesFor(language).staff.request;
  const { forms, formLimits } = request;
  const path = `/staff/requests/${encodeURIComponent(request.id)}/forms`;
  const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`;
  return (
    <section aria-labelledby="forms-title">
      <h3 id="forms-title">{words.forms}</h3>
      <p class="hint">
        {words.formsHint({ count: formLimits.count, size: formatBytes(language, formLimits.sizeBytes) })}
      </p>
      {forms.length > 0 && (
        <FormList
          language={language}
          forms={forms}
          pathOf={pathOf}
          after={({ id, name }) => (
            <form method="post" action={`${pathOf(id)}/remove`}>
              <button type="submit" class="link">
                {words.removeForm}
                <span class="visually-hidden"> {visibleName(name)}</span>
              </button>
            </form>
          )}
        />
      )}
      {forms.length < formLimits.count && (
        <form method="post" action={path} encType="multipart/form-data" class="attach">
          <Field id="form-file" label={words.attachForm}>
            <input id="form-file" type="file" name="file" required />
          </Field>
          <button type="submit" class="button button-plain">
            {words.attach}
          </button>
        </form>
      )}
    </section>
  );
};
