import { Alert } from '../../components/common.tsx';
import { FirstButton } from '../../components/first-button.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Checklist } from './checklist.tsx';
import { type Meanwhile, MeanwhileAlert } from './meanwhile.tsx';
import {
  inOtherLanguage,
  type NewRequestErrors,
  type NewRequestField,
  type NewRequestValues,
  preview,
  saveTemplate,
} from './new-request-form.ts';
import { Access, Afterwards, Grace, Limits, type NewRequestChoices, What } from './new-request-parts.tsx';
import { Questions } from './questions.tsx';

export interface NewRequestPageProps extends NewRequestChoices {
  context: PageContext;
  staff: { name: string };
  /** `emptyNewRequest(…)`, or what was typed (`readNewRequest`). */
  values: NewRequestValues;
  errors?: NewRequestErrors;
  /** What kept the request from being opened although the form was right. */
  failure?: ShownFailure;
  /** Sent back as it is: fingerprints of what one that is changed was filled in from. */
  print?: string | undefined;
  meanwhile?: Meanwhile | undefined;
  /** The rows of which more were asked for. */
  opened?: 'item' | 'question' | undefined;
  /** What a new one was filled in from. */
  template?: { id: string; name: string };
  like?: { id: string; title: string };
}

/** POSTs to its own address: `/staff/requests/new`, `/staff/requests/{id}/change`, `/staff/requests/{id}/duplicate`, `/staff/templates/{id}/new`. Works without a script. */
export const NewRequestPage = (props: NewRequestPageProps) => {
  const { context, staff, changing } = props;
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const own = changing === undefined ? words : t.staff.changeRequest;
  const hasForm = changing !== undefined || props.teams.length > 0;
  return (
    <Layout
      context={context}
      title={own.title}
      staff={staff}
      scripts={['page']}
      {...(hasForm && { languageForm: { id: formId, path: addressOf(props), action: inOtherLanguage } })}
    >
      {changing !== undefined && (
        <p>
          <a href={`/staff/requests/${encodeURIComponent(changing.id)}`}>← {t.staff.changeRequest.back}</a>
        </p>
      )}
      <h1>{own.title}</h1>
      <p>{own.intro}</p>
      {hasForm ? (
        <RequestForm {...props} />
      ) : (
        <Alert>
          <p>{words.noTeam}</p>
        </Alert>
      )}
    </Layout>
  );
};

const formId = 'request';

const RequestForm = (props: NewRequestPageProps) => {
  const { context, values, errors = {}, failure, changing, template, like, opened } = props;
  const t = messagesFor(context.language);
  const own = changing === undefined ? t.staff.newRequest : t.staff.changeRequest;
  const mistakes = Object.keys(errors).length;
  const problemAt = (name: NewRequestField): string | undefined => {
    const error = errors[name];
    return error === undefined ? undefined : t.problem[error.problem](error.params ?? {});
  };
  const isRowWrong = (part: string): boolean => Object.keys(errors).some((name) => name.startsWith(part));
  const part = { context, values, problemAt };
  return (
    <>
      {template !== undefined && <p>{t.staff.templates.filledFrom({ name: template.name })}</p>}
      {like !== undefined && <p>{t.staff.templates.filledFromRequest({ title: like.title })}</p>}
      {changing === undefined && template === undefined && like === undefined && (
        <p>
          <a href="/staff/templates">{t.staff.templates.from}</a>
        </p>
      )}
      <form method="post" id={formId} action={addressOf(props)} class="new-request">
        <FirstButton />
        {changing === undefined && <input type="hidden" name="formKey" value={values.formKey} />}
        {mistakes > 0 && (
          <Alert>
            <p>{own.mistakes({ count: mistakes })}</p>
          </Alert>
        )}
        {failure !== undefined && (
          <Alert>
            <p>{t.failure[failure.code](failure.params ?? {})}</p>
          </Alert>
        )}
        {props.print !== undefined && <input type="hidden" name="print" value={props.print} />}
        {props.meanwhile !== undefined && <MeanwhileAlert context={context} meanwhile={props.meanwhile} />}
        <What
          {...part}
          changing={changing}
          teams={props.teams}
          zones={props.zones}
          isUntouched={props.isUntouched}
        />
        <h2>{t.console.form.optional}</h2>
        <Access {...part} changing={changing} passwordRules={props.passwordRules} />
        <Grace {...part} />
        <Limits {...part} />
        <Checklist
          context={context}
          rows={values.items}
          problemAt={problemAt}
          isOpen={opened === 'item' || isRowWrong('item.')}
        />
        <Questions
          context={context}
          rows={values.questions}
          problemAt={problemAt}
          isOpen={opened === 'question' || isRowWrong('question.')}
        />
        <Afterwards {...part} destinations={props.destinations} ownAccount={props.ownAccount} />
        <p class="actions">
          <button type="submit" class="button">
            {own.submit}
          </button>
          <button type="submit" class="button button-plain" name="action" value={preview} formTarget="_blank">
            {t.staff.request.preview}
          </button>
        </p>
        <p class="hint">{own.submitHint}</p>
        {changing === undefined && (
          <div class="besides">
            <p>
              <button type="submit" class="button button-plain" name="action" value={saveTemplate}>
                {t.staff.templates.save}
              </button>
            </p>
            <p class="hint">{t.staff.templates.saveHint}</p>
          </div>
        )}
      </form>
    </>
  );
};

const addressOf = ({ changing, template, like }: NewRequestPageProps): string => {
  if (changing !== undefined) return `/staff/requests/${encodeURIComponent(changing.id)}/change`;
  if (template !== undefined) return `/staff/templates/${encodeURIComponent(template.id)}/new`;
  if (like !== undefined) return `/staff/requests/${encodeURIComponent(like.id)}/duplicate`;
  return '/staff/requests/new';
};
