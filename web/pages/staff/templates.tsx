import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface TemplatesPageProps {
  context: PageContext;
  staff: { name: string };
  /** By name. */
  templates: ShownTemplate[];
  mayChange: boolean;
  /** Why what was asked for was not done. */
  failure?: ShownFailure;
}

export interface ShownTemplate {
  id: string;
  name: string;
  /** Of the requests that are made from it. */
  title: string;
}

/** What is asked for again and again. POSTs to `/staff/templates/{id}` and `/staff/templates/{id}/remove`. */
export const TemplatesPage = ({ context, staff, templates, mayChange, failure }: TemplatesPageProps) => {
  const t = messagesFor(context.language);
  const words = t.staff.templates;
  return (
    <Layout context={context} title={words.title} staff={staff} section="templates" wide>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params ?? {})}</p>
        </Alert>
      )}
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      {templates.length === 0 && <p class="empty">{words.empty}</p>}
      <ul class="rows rows-templates">
        {templates.map((template) => (
          <li key={template.id}>
            <div class="row-title">
              <h2>
                <bdi>{template.name}</bdi>
              </h2>
              {template.title !== template.name && <p class="quiet">{template.title}</p>}
            </div>
            {mayChange && <Template context={context} template={template} />}
          </li>
        ))}
      </ul>
    </Layout>
  );
};

const Template = ({ context, template }: { context: PageContext; template: ShownTemplate }) => {
  const words = messagesFor(context.language).staff.templates;
  const address = `/staff/templates/${encodeURIComponent(template.id)}`;
  return (
    <>
      <p>
        <a class="button" href={`${address}/new`}>
          {words.use}
          <span class="visually-hidden">: {template.name}</span>
        </a>
      </p>
      <details>
        <summary>
          {words.manage}
          <span class="visually-hidden">: {template.name}</span>
        </summary>
        <form method="post" action={address}>
          <TextField
            id={`name-${template.id}`}
            name="name"
            label={words.name}
            value={template.name}
            required
            maxLength={200}
            autocomplete="off"
          />
          <p>
            <button type="submit" class="button button-plain">
              {words.rename}
            </button>
          </p>
        </form>
        <form method="post" action={`${address}/remove`}>
          <p>
            <button type="submit" class="button button-plain">
              {words.remove}
            </button>
          </p>
        </form>
      </details>
    </>
  );
};
