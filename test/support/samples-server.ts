import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { loadAssets } from '../../web/assets.ts';
import { renderPage } from '../../web/render.ts';
import { accentSheet } from '../../web/styles/accent.ts';
import { sampleContext, samplePages } from '../unit/web/samples.tsx';

const assetsDir = join(import.meta.dirname, '../../dist/web/assets');
const types: Record<string, string> = { '.css': 'text/css', '.js': 'text/javascript' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'";

export const sampleNames = (): string[] => Object.keys(samplePages(sampleContext('en')));

/** Every page with sample data, under its name, on 127.0.0.1; `/` lists them. `?language=ja`, `?demo`. */
export const serveSamples = (port = 0): Promise<{ server: Server; address: string }> => {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const color = /^\/brand\/([0-9a-f]{6})\.css$/.exec(url.pathname)?.[1];
    if (url.pathname.startsWith('/assets/')) void sendAsset(url.pathname, response);
    else if (color !== undefined)
      response.setHeader('Content-Type', 'text/css').end(accentSheet(`#${color}`));
    else sendPage(url, response);
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        server,
        address: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? port) : port}`,
      });
    });
  });
};

const sendPage = (url: URL, response: ServerResponse): void => {
  const language = url.searchParams.get('language') === 'ja' ? 'ja' : 'en';
  const context = sampleContext(language, {
    assets: loadAssets(assetsDir),
    demo: url.searchParams.has('demo'),
  });
  const pages = samplePages(context);
  const page = pages[url.pathname.slice(1)];
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(page === undefined ? list(Object.keys(pages)) : renderPage(page));
};

const sendAsset = async (path: string, response: ServerResponse): Promise<void> => {
  try {
    const body = await readFile(join(assetsDir, path.slice('/assets/'.length).replaceAll('/', '')));
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
};

const list = (names: string[]): string =>
  `<!doctype html><title>Preview</title><ul>${names
    .map(
      (name) =>
        `<li>${name}: ${['en', 'ja'].map((l) => `<a href="/${name}?language=${l}">${l}</a>`).join(' ')}</li>`,
    )
    .join('')}</ul>`;
