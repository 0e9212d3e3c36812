import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** A picture as a file of its own. */
export const renderSvg = (svg: JSX.Element): string => `${renderToString(svg)}\n`;

/** A whole page as HTML. Everything in it that came from outside is escaped. */
export const renderPage = (page: JSX.Element): string => `<!doctype html>\n${renderToString(page)}\n`;
