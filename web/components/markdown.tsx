import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import type { ComponentChildren } from 'preact';

/**
 * Markdown that staff wrote, drawn as elements of ours and nothing else: no HTML of the text is ever taken for HTML, no
 * picture is fetched, and links lead to pages and mail addresses only. Lines are kept, so that plain text reads as it was typed.
 */
export const Markdown = ({ text }: { text: string }) =>
  text.trim() === '' ? null : <div class="markdown">{blocks(read(text))}</div>;

/** Deeper than anybody writes: what is, is shown as it was typed, or reading and drawing it would find no end of the stack. */
const deepest = 20;

const read = (text: string): readonly Token[] => {
  const typed: Tokens.HTML = { type: 'html', raw: text, text, block: true, pre: false };
  try {
    const tokens = new Lexer({ gfm: true, breaks: true }).lex(text);
    return isDeep(tokens) ? [typed] : tokens;
  } catch (error) {
    if (error instanceof RangeError) return [typed];
    throw error;
  }
};

const isDeep = (tokens: readonly Token[]): boolean => {
  let level = tokens;
  for (let depth = 0; depth < deepest; depth += 1) {
    if (level.length === 0) return false;
    level = level.flatMap((token) => [
      ...('tokens' in token ? (token.tokens ?? []) : []),
      ...((token as MarkedToken).type === 'list' ? (token as Tokens.List).items : []),
    ]);
  }
  return true;
};

const blocks = (tokens: readonly Token[]): ComponentChildren[] => tokens.map((token) => block(token));

const block = (token: Token): ComponentChildren => {
  const known = token as MarkedToken;
  switch (known.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading':
      return <Heading depth={known.depth}>{inlines(known.tokens)}</Heading>;
    case 'paragraph':
      return <p>{inlines(known.tokens)}</p>;
    case 'list':
      return <List list={known} />;
    case 'blockquote':
      return <blockquote>{blocks(known.tokens)}</blockquote>;
    case 'code':
      return (
        <pre>
          <code>{known.text}</code>
        </pre>
      );
    case 'hr':
      return <hr />;
    case 'table':
      return <Table table={known} />;
    case 'html':
      return <p class="lines">{known.raw.trim()}</p>;
    default:
      return inline(token);
  }
};

/** Below the page's own title, and beside its sections. */
const Heading = ({ depth, children }: { depth: number; children: ComponentChildren }) =>
  depth <= 2 ? <h2>{children}</h2> : <h3>{children}</h3>;

const List = ({ list }: { list: Tokens.List }) => {
  const items = list.items.map((item, index) => <li key={index}>{blocks(item.tokens)}</li>);
  return list.ordered ? <ol start={Number(list.start)}>{items}</ol> : <ul>{items}</ul>;
};

const Table = ({ table }: { table: Tokens.Table }) => (
  <table>
    <thead>
      <tr>
        {table.header.map((cell, index) => (
          <th key={index} scope="col">
            {inlines(cell.tokens)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {table.rows.map((row, index) => (
        <tr key={index}>
          {row.map((cell, column) => (
            <td key={column}>{inlines(cell.tokens)}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

const inlines = (tokens: readonly Token[]): ComponentChildren[] => tokens.map((token) => inline(token));

const inline = (token: Token): ComponentChildren => {
  const known = token as MarkedToken;
  switch (known.type) {
    case 'strong':
      return <strong>{inlines(known.tokens)}</strong>;
    case 'em':
      return <em>{inlines(known.tokens)}</em>;
    case 'del':
      return <del>{inlines(known.tokens)}</del>;
    case 'codespan':
      return <code>{known.text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link href={known.href}>{inlines(known.tokens)}</Link>;
    case 'escape':
      return known.text;
    case 'text':
      return known.tokens === undefined ? known.text : inlines(known.tokens);
    // Anything else is shown as it was typed: HTML, pictures, boxes of tasks, and what a newer reader of Markdown may know.
    default:
      return token.raw;
  }
};

/** One that leads elsewhere than to a page or a mail address is words only. */
const Link = ({ href, children }: { href: string; children: ComponentChildren }) => {
  const address = URL.canParse(href) ? new URL(href) : undefined;
  if (address === undefined || !['http:', 'https:', 'mailto:'].includes(address.protocol))
    return <>{children}</>;
  return (
    <a href={address.href} rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
};
