import type { ComponentChildren } from 'preact';
import { formatMoment, type Language } from '../i18n/format.ts';

/** Something that must not be missed. `role=alert` speaks it when it appears in a page that is open already. */
export const Alert = ({
  kind = 'problem',
  title,
  children,
}: {
  kind?: 'problem' | 'warning' | 'information' | 'good';
  title?: string;
  children: ComponentChildren;
}) => (
  <div class={`alert alert-${kind}`} role={kind === 'problem' ? 'alert' : 'note'}>
    {title !== undefined && <p class="alert-title">{title}</p>}
    {children}
  </div>
);

/** A moment in words, with the exact one for machines. To readers elsewhere `showOwnTimes` adds it in their own time. */
export const Moment = ({ language, at, zone, precision }: MomentProps) => (
  <time dateTime={at.toISOString()} data-zone={zone} data-precision={precision}>
    {formatMoment(language, at, zone, precision)}
  </time>
);

interface MomentProps {
  language: Language;
  at: Date;
  zone: string;
  precision?: 'minutes' | 'seconds';
}

/** Stands in no sentence of ours. */
const here = '\uFFFC';

/** A sentence with a moment in it. @param words the sentence, around what it is given; before it, nothing that people typed */
export const WithMoment = ({ words, ...moment }: MomentProps & { words: (at: string) => string }) => {
  const sentence = words(here);
  const place = sentence.indexOf(here);
  return (
    <>
      {sentence.slice(0, place)}
      <Moment {...moment} />
      {sentence.slice(place + here.length)}
    </>
  );
};

/** Text that people typed, with its lines. */
export const Lines = ({ text }: { text: string }) => <div class="lines">{text}</div>;

/** A word in a frame: the state of something. */
export const Badge = ({
  kind,
  children,
}: {
  kind: 'good' | 'busy' | 'quiet' | 'bad';
  children: ComponentChildren;
}) => <span class={`badge badge-${kind}`}>{children}</span>;

/** A SHA-256, whole: breaks anywhere, and copies as one word. */
export const Hash = ({ value }: { value: string }) => <code class="hash">{value}</code>;

/** Data for an island. No script: a data block, which the page's security policy lets through. */
export const JsonBlock = ({ id, value }: { id: string; value: unknown }) => (
  <script
    id={id}
    type="application/json"
    // The text of a script element is not decoded, so what could end it is written as JSON escapes.
    dangerouslySetInnerHTML={{ __html: scriptSafeJson(value) }}
  />
);

/** JSON that can't close a script element, open a comment in it, or break a line where old parsers see one. */
export const scriptSafeJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
