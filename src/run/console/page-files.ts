import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { ServerResponse } from 'node:http';

const folder = new URL('../../console/', import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** No inline script or style, nothing from elsewhere, and no page of others around it. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/** Returns the files of the page by path: few and small, so they are read once. */
export function pageFiles(): Map<string, (response: ServerResponse) => void> {
  const files = readdirSync(folder).filter((name) => contentTypes[extname(name)] !== undefined);
  return new Map(
    files.map((name) => {
      const content = readFileSync(new URL(name, folder));
      const path = name === 'index.html' ? '/console' : `/console/${name}`;
      return [
        path,
        (response) => {
          response.writeHead(200, { ...headers, 'content-type': contentTypes[extname(name)] });
          response.end(content);
        },
      ];
    }),
  );
}
