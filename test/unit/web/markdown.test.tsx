import { array, assert, constantFrom, property } from 'fast-check';
import { renderToString } from 'preact-render-to-string';
import { expect, test } from 'vitest';
import { Markdown } from '../../../web/components/markdown.tsx';

const drawn = (text: string): string => renderToString(<Markdown text={text} />);

test('headings, lists, emphasis, code, tables and links are drawn', () => {
  expect(drawn('# One\n\n- a\n- **b**\n\n3. c')).toBe(
    '<div class="markdown"><h2>One</h2><ul><li>a</li><li><strong>b</strong></li></ul><ol start="3"><li>c</li></ol></div>',
  );
  expect(drawn('`x` [page](https://a.example/b) <me@a.example>')).toBe(
    '<div class="markdown"><p><code>x</code> <a href="https://a.example/b" rel="noopener noreferrer nofollow">page</a> <a href="mailto:me@a.example" rel="noopener noreferrer nofollow">me@a.example</a></p></div>',
  );
  expect(drawn('|a|\n|-|\n|1|')).toContain('<th scope="col">a</th>');
});

test('plain text reads as it was typed, line by line', () => {
  expect(drawn('Please send it.\nOne file a month.\n\n& thank you <3')).toBe(
    '<div class="markdown"><p>Please send it.<br/>One file a month.</p><p>&amp; thank you &lt;3</p></div>',
  );
  expect(drawn('')).toBe('');
});

test('HTML is words, pictures are not fetched, and links lead to pages and mail addresses only', () => {
  expect(drawn('<script>alert(1)</script>')).toContain('&lt;script>alert(1)&lt;/script>');
  expect(drawn('a <img src=x onerror=alert(1)> b')).not.toContain('<img');
  expect(drawn('![p](https://a.example/p.png)')).not.toContain('<img');
  for (const href of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    '//a.example',
    '/staff',
    'vbscript:x',
    'java&#115;cript:x',
  ])
    expect(drawn(`[l](${href})`)).not.toContain('<a');
  expect(drawn('[l](https://a.example)')).toContain('<a href="https://a.example/"');
});

const markup = '< > " ` * _ [ ] ( ) ! - # | ~~ --- &lt; \\'
  .split(' ')
  .concat('\n', '\n\n', '- ', '> ', '# ', ' ', '    ');
const dangers = ['javascript:', 'https://a', '<script>', '</a>', '<svg onload=x>', 'word', '[x]: y'];

test('whatever is written, only our own elements come out', () => {
  const ours =
    /^(div|p|br|h2|h3|ul|ol|li|strong|em|del|code|pre|blockquote|hr|table|thead|tbody|tr|th|td|a)$/;
  const pieces = constantFrom(...markup, ...dangers);
  assert(
    property(array(pieces, { maxLength: 30 }), (parts) => {
      const html = drawn(parts.join(''));
      for (const [, name, attributes] of html.matchAll(/<\/?([a-z0-9]*)([^>]*)>/g)) {
        expect(name).toMatch(ours);
        expect(attributes).toMatch(
          /^( class="[a-z]+"| start="\d+"| scope="col"| href="(https?:|mailto:)[^"]*"| rel="[a-z ]+"|\/)*$/,
        );
      }
    }),
  );
});

test('what is nested without end is shown as it was typed', () => {
  for (const piece of ['>', '- ', '1. ', '\n> ', '**a ', '[a](']) {
    const html = drawn(`${piece.repeat(6000)} x`);
    expect(html).toMatch(/^<div class="markdown">/);
    expect(html).toContain(' x');
  }
  expect(drawn('> > > deep')).toContain('<blockquote><blockquote><blockquote><p>deep</p>');
});
