import { CopyField } from '../../components/copy-field.tsx';
import { QrCode } from '../../components/qr-code.tsx';
import { formatMoment, type Language, languages, messagesFor } from '../../i18n/index.ts';
import { renderSvg } from '../../render.ts';
import type { PageContext } from '../context.ts';

/** What is handed on to whoever is to send. */
export interface HandedOn {
  id: string;
  title: string;
  /** The portal's own address for it, whole. */
  link: string;
  deadline?: { at: Date; zone: string };
  passwordSet: boolean;
}

interface HandOnProps {
  context: PageContext;
  request: HandedOn;
}

/** The link: to copy, as a picture, and in a mail that is ready to be sent, its password in another one. */
export const HandOn = ({ context, request }: HandOnProps) => {
  const { language } = context;
  const t = messagesFor(language);
  const words = t.staff.handOn;
  return (
    <>
      <CopyField id="link" label={t.staff.request.link} value={request.link} words={t.layout} />
      <p class="hint">{t.staff.request.linkHint}</p>
      <details>
        <summary>{words.code}</summary>
        <QrCode text={request.link} label={words.codeLabel} />
        <p>
          <a href={`/staff/requests/${encodeURIComponent(request.id)}/link.svg`} download="link.svg">
            {words.codeFile}
          </a>
        </p>
      </details>
      {[language, ...languages.filter((other) => other !== language)].map((each) => (
        <Mail key={each} context={context} request={request} language={each} />
      ))}
    </>
  );
};

/** The same picture as a file of its own. */
export const linkPicture = (link: string): string => renderSvg(<QrCode text={link} label={link} />);

const Mail = ({ context, request, language }: HandOnProps & { language: Language }) => {
  const words = messagesFor(context.language).staff.handOn;
  const mail = messagesFor(language).staff.handOn.mail;
  const { title, link, deadline, passwordSet } = request;
  const text = mail.text({
    title,
    link,
    from: context.brand.name,
    deadline: deadline && formatMoment(language, deadline.at, deadline.zone),
    passwordSet,
  });
  const apart = mail.passwordText({ title });
  return (
    <details>
      <summary>{words.mailIn[language]}</summary>
      <MailPart
        id={`mail-${language}`}
        label={words.linkPart}
        language={language}
        subject={mail.subject({ title })}
        text={text}
        context={context}
      />
      {passwordSet && (
        <>
          <MailPart
            id={`password-mail-${language}`}
            label={words.passwordPart}
            language={language}
            subject={mail.passwordSubject({ title })}
            text={apart}
            context={context}
          />
          <p class="hint">{words.passwordHint}</p>
        </>
      )}
    </details>
  );
};

interface MailPartProps {
  id: string;
  label: string;
  /** Of the mail. */
  language: Language;
  subject: string;
  text: string;
  context: PageContext;
}

const MailPart = ({ id, label, language, subject, text, context }: MailPartProps) => {
  const t = messagesFor(context.language);
  return (
    <div class="copy">
      <label for={id} class="copy-label">
        {label}
      </label>
      <textarea id={id} readOnly rows={text.split('\n').length + 1} lang={language}>
        {text}
      </textarea>
      <p class="actions">
        <a class="button button-plain" href={mailAddress(subject, text)}>
          {t.staff.handOn.openMail}
        </a>
        <button
          type="button"
          class="button button-plain needs-script"
          data-copy={id}
          data-copied={t.layout.copied}
        >
          {t.layout.copy}
        </button>
      </p>
    </div>
  );
};

/** RFC 6068: lines end with CRLF. */
const mailAddress = (subject: string, text: string): string =>
  `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text.replaceAll('\n', '\r\n'))}`;
