import { type Language, languageNames, languageQuery, languages, messagesFor } from '../i18n/index.ts';
import type { PageContext } from '../pages/context.ts';
import { FirstButton } from './first-button.tsx';

/** A form of the page that the switch sends, so that what it holds comes back in the other language. */
export interface LanguageForm {
  /** Of the `form` element. */
  id: string;
  /** POST draws the page again from what the form holds. */
  path: string;
  /** Sent as `action`, where `path` is for more than that. With a script, too: none keeps what was typed. */
  action?: string;
}

interface LanguagesProps {
  context: PageContext;
  /** Without an `action` only where there is no script: a script keeps by itself what was typed. */
  form?: LanguageForm;
}

/** The page in another language. */
export const Languages = ({ context, form }: LanguagesProps) => {
  const offered = context.languages ?? languages;
  if (offered.length < 2) return null;
  if (form === undefined) return <Links context={context} offered={offered} />;
  if (form.action !== undefined) return <Buttons context={context} offered={offered} form={form} />;
  return (
    <>
      <Links context={context} offered={offered} needsScript />
      <noscript>
        <Buttons context={context} offered={offered} form={form} />
      </noscript>
    </>
  );
};

interface OfferedProps {
  context: PageContext;
  offered: readonly Language[];
}

const currentIn = (context: PageContext, language: Language) =>
  language === context.language ? 'true' : undefined;

const Links = ({ context, offered, needsScript = false }: OfferedProps & { needsScript?: boolean }) => (
  <nav
    class={needsScript ? 'languages needs-script' : 'languages'}
    aria-label={messagesFor(context.language).layout.language}
  >
    {offered.map((language) => (
      <a
        key={language}
        href={addressIn(language, context.path)}
        lang={language}
        hreflang={language}
        aria-current={currentIn(context, language)}
      >
        {languageNames[language]}
      </a>
    ))}
  </nav>
);

const Buttons = ({ context, offered, form }: OfferedProps & { form: LanguageForm }) => (
  <nav class="languages" aria-label={messagesFor(context.language).layout.language}>
    <FirstButton form={form.id} />
    {offered.map((language) => (
      <button
        key={language}
        type="submit"
        form={form.id}
        formAction={addressIn(language, form.path)}
        // Files stay where they are: only their names are sent.
        formEncType="application/x-www-form-urlencoded"
        formNoValidate
        {...(form.action !== undefined && { name: 'action', value: form.action })}
        class="link"
        lang={language}
        aria-current={currentIn(context, language)}
      >
        {languageNames[language]}
      </button>
    ))}
  </nav>
);

const addressIn = (language: string, path = ''): string =>
  `${path}${path.includes('?') ? '&' : '?'}${languageQuery}=${language}`;
