import type { Language } from '../../web/i18n/index.ts';

/** A mail as it is handed to the server: the same said as plain text and as HTML. */
export interface Letter {
  /** Ours alone: never a text that somebody typed. */
  subject: string;
  text: string;
  html: string;
}

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'facts'; facts: readonly { label: string; value: string }[] }
  | { kind: 'list'; items: readonly { text: string; href?: string | undefined }[] }
  | { kind: 'link'; text: string; href: string };

export interface Section {
  language: Language;
  blocks: readonly Block[];
}

/** @param sections the same once in each language that it is to be read in */
export const renderLetter = (subject: string, sections: readonly Section[]): Letter => ({
  subject: oneLine(subject),
  text: `${sections.map(({ blocks }) => blocks.map(textOf).join('\n\n')).join(`\n\n${'-'.repeat(20)}\n\n`)}\n`,
  html: [
    '<!doctype html>',
    '<html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;line-height:1.6">',
    ...sections.map(
      ({ language, blocks }) => `<div lang="${language}">\n${blocks.map(htmlOf).join('\n')}\n</div>`,
    ),
    '</body></html>',
    '',
  ].join('\n'),
});

const textOf = (block: Block): string => {
  if (block.kind === 'facts')
    return block.facts.map(({ label, value }) => `${label}: ${oneLine(value)}`).join('\n');
  if (block.kind === 'list')
    return block.items
      .map(({ text, href }) => `- ${oneLine(text)}${href === undefined ? '' : `\n  ${href}`}`)
      .join('\n');
  return block.kind === 'link' ? `${block.text}: ${block.href}` : oneLine(block.text);
};

const htmlOf = (block: Block): string => {
  if (block.kind === 'facts') return `<table>${block.facts.map(factOf).join('')}</table>`;
  if (block.kind === 'list') return `<ul>${block.items.map(itemOf).join('')}</ul>`;
  return `<p>${block.kind === 'link' ? linkTo(block.href, block.text) : escape(block.text)}</p>`;
};

const itemOf = ({ text, href }: { text: string; href?: string | undefined }): string =>
  `<li>${href === undefined ? escape(text) : linkTo(href, text)}</li>`;

const factOf = ({ label, value }: { label: string; value: string }): string =>
  `<tr><th scope="row" style="text-align:left;padding-right:1em;font-weight:normal">${escape(label)}</th><td>${escape(value)}</td></tr>`;

const linkTo = (href: string, text: string): string => `<a href="${escape(href)}">${escape(text)}</a>`;

/** A title with a line break in it must not look like a paragraph of ours. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string =>
  oneLine(text).replaceAll(/[&<>"]/g, (sign) => entities[sign] ?? sign);
