import type { ComponentChildren } from 'preact';
import type { StaffRole } from '../../db/schema/index.ts';
import { type LanguageForm, Languages } from '../components/languages.tsx';
import { messagesFor } from '../i18n/index.ts';
import type { Brand, PageContext } from './context.ts';

export interface LayoutProps {
  context: PageContext;
  title: string;
  /** Names of the scripts that the page needs, as the manifest calls them. */
  scripts?: string[];
  /** Signed-in staff; undefined on the public side. */
  staff?: { name: string; role?: StaffRole };
  /** Staff's side, which is Uketori's own: there nobody asks. Where staff is given it is. */
  isConsole?: boolean;
  /** Of the console. */
  section?:
    | 'requests'
    | 'templates'
    | 'destinations'
    | 'deliveries'
    | 'notices'
    | 'people'
    | 'audit'
    | 'account';
  /** Of the console: a page of many things side by side, for which a column of text is too narrow. */
  wide?: boolean;
  /** Where the page holds what no address brings back. */
  languageForm?: LanguageForm;
  children: ComponentChildren;
}

/** A stamp: the product's sign, drawn here so that no request is needed for it. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="3" y="3" width="26" height="26" rx="7" fill="none" stroke="#1f5673" stroke-width="3"/><path d="M16 8v11m-5-5 5 5 5-5M10 24h12" fill="none" stroke="#1f5673" stroke-width="3"/></svg>',
)}`;

/** The frame of every page. */
export const Layout = ({
  context,
  title,
  scripts = [],
  staff,
  isConsole = staff !== undefined,
  section = 'requests',
  wide = false,
  languageForm,
  children,
}: LayoutProps) => {
  const t = messagesFor(context.language);
  const { brand } = context;
  const who = !isConsole && (brand.name !== undefined || brand.logo !== undefined) ? brand : undefined;
  return (
    <html lang={context.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta name="format-detection" content="telephone=no" />
        <title>{`${title} · ${who?.name ?? t.layout.product}`}</title>
        <link rel="icon" href={icon} />
        <link rel="stylesheet" href={context.assets.css} />
        {brand.css !== undefined && <link rel="stylesheet" href={brand.css} />}
        {scripts.map((name) => (
          <script key={name} type="module" src={context.assets.scripts[name]} />
        ))}
      </head>
      <body class={staff === undefined ? undefined : 'console'}>
        <a class="skip" href="#content">
          {t.layout.skip}
        </a>
        {context.demo && (
          <aside class="demo" aria-label={t.layout.demoTitle}>
            <p>
              <strong>{t.layout.demoTitle}</strong> {t.layout.demoText}
            </p>
          </aside>
        )}
        <Top context={context} staff={staff} who={who} languageForm={languageForm} />
        {staff !== undefined && <Sections context={context} section={section} staff={staff} />}
        <main
          id="content"
          class={staff === undefined || wide ? undefined : 'narrow'}
          tabIndex={-1}
          data-own-time={isConsole ? undefined : t.layout.ownTime}
        >
          {children}
        </main>
        {who !== undefined && (
          <footer class="foot">
            <Mark context={context} />
          </footer>
        )}
      </body>
    </html>
  );
};

const Sections = ({
  context,
  section,
  staff,
}: Required<Pick<LayoutProps, 'context' | 'section' | 'staff'>>) => {
  const words = messagesFor(context.language).importer.navigation;
  const places = [
    ['requests', '/staff'],
    ['templates', '/staff/templates'],
    ['deliveries', '/staff/deliveries'],
    ['destinations', '/staff/destinations'],
    ['notices', '/staff/notices'],
    ...(staff.role === 'administrator'
      ? ([
          ['people', '/staff/people'],
          ['audit', '/staff/audit'],
        ] as const)
      : []),
  ] as const;
  return (
    <nav class="sections" aria-label={words.label}>
      {places.map(([name, href]) => (
        <a key={name} href={href} aria-current={name === section ? 'page' : undefined}>
          {words[name]}
        </a>
      ))}
    </nav>
  );
};

const Mark = ({ context }: Pick<LayoutProps, 'context'>) => {
  const t = messagesFor(context.language).layout;
  return (
    <>
      <span class="wordmark-name">{t.product}</span> <span class="wordmark-line">{t.tagline}</span>
    </>
  );
};

/** Who asks. Only as a picture does a logo of unknown making do no harm. */
const Who = ({ context, who }: Pick<LayoutProps, 'context'> & { who: Brand }) => (
  <p class="who">
    {who.logo !== undefined && (
      <img
        class={`who-logo who-logo-${who.logo.isPale ? 'pale' : 'dark'}`}
        src={who.logo.address}
        alt={who.name === undefined ? messagesFor(context.language).layout.logo : ''}
      />
    )}
    {who.name !== undefined && <bdi class="who-name">{who.name}</bdi>}
  </p>
);

const Top = ({
  context,
  staff,
  who,
  languageForm,
}: Pick<LayoutProps, 'context' | 'staff' | 'languageForm'> & { who: Brand | undefined }) => {
  const t = messagesFor(context.language);
  return (
    <header class="top">
      {who !== undefined ? (
        <Who context={context} who={who} />
      ) : staff === undefined ? (
        <p class="wordmark">
          <Mark context={context} />
        </p>
      ) : (
        <a class="wordmark" href="/staff">
          <Mark context={context} />
        </a>
      )}
      <Languages context={context} form={languageForm} />
      {staff !== undefined && (
        <form class="sign-out" method="post" action="/staff/sign-out">
          <a href="/staff/account">{t.staff.signedInAs({ name: staff.name })}</a>
          <button type="submit" class="link">
            {t.staff.signOut}
          </button>
        </form>
      )}
    </header>
  );
};
