import type { RequestState } from '../../../db/schema/requests.ts';
import { Alert } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface DeleteRequestPageProps {
  context: PageContext;
  staff: { name: string };
  request: { id: string; title: string; state: RequestState; folderPath: string };
  /** Why it was not deleted. */
  failure?: ShownFailure | undefined;
}

/** Says what goes and what stays. POSTs to its own address, `/staff/requests/{id}/delete`. */
export const DeleteRequestPage = ({ context, staff, request, failure }: DeleteRequestPageProps) => {
  const t = messagesFor(context.language);
  const words = t.staff.deleteRequest;
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  const title = words.title({ request: request.title });
  const folder = request.folderPath;
  return (
    <Layout context={context} title={title} staff={staff}>
      <p>
        <a href={address}>← {t.staff.changeRequest.back}</a>
      </p>
      <h1>{title}</h1>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params ?? {})}</p>
        </Alert>
      )}
      <p>{words.goes}</p>
      <p>{words.stays}</p>
      {request.state !== 'closed' && request.state !== 'archived' ? (
        <p>{words.closeFirst}</p>
      ) : (
        <form method="post" action={`${address}/delete`}>
          <fieldset class="part">
            <legend>{words.files}</legend>
            <label for="files-keep" class="check">
              <input type="radio" id="files-keep" name="files" value="keep" checked />
              <span>{words.keep({ folder })}</span>
            </label>
            <label for="files-remove" class="check">
              <input type="radio" id="files-remove" name="files" value="remove" />
              <span>{words.remove({ folder })}</span>
            </label>
          </fieldset>
          <p>
            <strong>{words.cannotBeUndone}</strong>
          </p>
          <button type="submit" class="button button-danger">
            {words.submit}
          </button>
        </form>
      )}
    </Layout>
  );
};
