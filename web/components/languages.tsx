import { languageNames, languageQuery, languages, messagesFor } from '../i18n/index.ts';
import type { PageContext } from '../pages/context.ts';
import { FirstButton } from './first-button.tsx';

/** A form of the page that the switch sends, so that what it holds comes back in the other language. */
export interface LanguageForm {
  /** Of the `form` element. */
  id: string;
  /** POST draws the page again from what the form holds. */
  path: string;
}

interface LanguagesProps {
  context: PageContext;
  /** Only without a script: a script keeps by itself what was typed. */
  form?: LanguageForm;
}

/** The page in another language. */
export const Languages = ({ context, form }: LanguagesProps) => {
  const label = messagesFor(context.language).layout.language;
  const offered = context.languages ?? languages;
  if (offered.length < 2) return null;
  const current = (language: string) => (language === context.language ? 'true' : undefined);
  return (
    <>
      <nav class={form === undefined ? 'languages' : 'languages needs-script'} aria-label={label}>
        {offered.map((language) => (
          <a
            key={language}
            href={addressIn(language, context.path)}
            lang={language}
            hreflang={language}
            aria-current={current(language)}
          >
            {languageNames[language]}
          </a>
        ))}
      </nav>
      {form !== undefined && (
        <noscript>
          <nav class="languages" aria-label={label}>
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
                class="link"
                lang={language}
                aria-current={current(language)}
              >
                {languageNames[language]}
              </button>
            ))}
          </nav>
        </noscript>
      )}
    </>
  );
};

const addressIn = (language: string, path = ''): string =>
  `${path}${path.includes('?') ? '&' : '?'}${languageQuery}=${language}`;
