import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { Marked } from 'marked';
import { contents } from './site-contents.ts';

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Site {
  /** HTML and other files by their path in the site. */
  /** Pictures are bytes. */
  readonly files: ReadonlyMap<string, string | Buffer>;
  /** Links that lead nowhere, and what a browser would load from elsewhere. */
  readonly faults: readonly string[];
}

/** Renders the pages, and a page for each other file of the repository that one of them links. */
export function renderSite(root: string, pages: readonly Page[]): Site {
  const files = new Map<string, string | Buffer>([
    ['site.css', readFileSync(join(import.meta.dirname, 'site.css'), 'utf8')],
  ]);
  const menu = menuOf(pages);
  const linked = new Set<string>();
  const faults: string[] = [];
  for (const { path, text } of pages) {
    const body = markdownToHtml(text, (target) => {
      if (/^[a-z]+:/.test(target)) return target;
      const [file = '', anchor] = target.split('#');
      const at = file === '' ? path : normalize(join(dirname(path), file));
      const entry = entryOf(root, at);
      if (entry === undefined) faults.push(`${path}: there is no ${at}`);
      else linked.add(entry);
      const to = relative(dirname(htmlPath(path)), htmlPath(entry ?? at));
      return anchor === undefined ? to : `${to}#${anchor}`;
    });
    files.set(htmlPath(path), frame(path, titleOf(text) ?? path, menu, body));
  }
  for (const path of linked)
    if (!files.has(htmlPath(path))) files.set(htmlPath(path), sourcePage(root, path, menu));
  return { files, faults: [...faults, ...faultsOf(files)] };
}

/** All Markdown of the repository that is written for people. */
export function sitePages(root: string): Page[] {
  const globs = ['*.md', '{docs,test,src,examples}/**/*.md'];
  return globSync(globs, { cwd: root })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function markdownToHtml(text: string, linkOf: (target: string) => string): string {
  const used = new Map<string, number>();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: heading }) {
        const slug = anchorOf(heading);
        const times = used.get(slug) ?? 0;
        used.set(slug, times + 1);
        const id = times === 0 ? slug : `${slug}-${times}`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
    walkTokens(token) {
      if (token.type === 'link' || token.type === 'image') token['href'] = linkOf(String(token['href']));
    },
  });
  return marked.parse(text, { async: false });
}

/** As the forges write it, so that a link is good on both. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The file that a link leads to: of a folder, its README.md or the folder itself. */
function entryOf(root: string, at: string): string | undefined {
  const path = at.replace(/\/$/, '');
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const readme = join(path, 'README.md');
  return stat.isDirectory() && statSync(join(root, readme), { throwIfNoEntry: false }) ? readme : path;
}

/** Pictures stay as they are. */
function htmlPath(path: string): string {
  if (path === 'README.md') return 'index.html';
  if (isPicture(path)) return path;
  return path.endsWith('.md') ? path.replace(/md$/, 'html') : `${path}.html`;
}

function isPicture(path: string): boolean {
  return path.endsWith('.svg') || path.endsWith('.png');
}

function sourcePage(root: string, path: string, menu: Menu): string | Buffer {
  if (isPicture(path)) return readFileSync(join(root, path));
  const isFolder = statSync(join(root, path)).isDirectory();
  const text = isFolder ? readdirSync(join(root, path)).join('\n') : readFileSync(join(root, path), 'utf8');
  return frame(path, path, menu, `<h1>${path}</h1>\n<pre><code>${escaped(text)}</code></pre>\n`);
}

type Menu = readonly (readonly [group: string, pages: readonly (readonly [path: string, title: string])[]])[];

function menuOf(pages: readonly Page[]): Menu {
  const titles = new Map(pages.map(({ path, text }) => [path, titleOf(text) ?? path]));
  const listed = new Set(contents.flatMap(([, paths]) => paths));
  const rest = pages.map(({ path }) => path).filter((path) => /^docs\/[^/]+\.md$/.test(path));
  return [...contents, ['More', rest.filter((path) => !listed.has(path))] as const]
    .map(([group, paths]) => [group, paths.filter((path) => titles.has(path))] as const)
    .filter(([, paths]) => paths.length > 0)
    .map(([group, paths]) => [group, paths.map((path) => [path, titles.get(path) ?? path] as const)]);
}

function titleOf(text: string): string | undefined {
  return /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '');
}

function frame(path: string, title: string, menu: Menu, body: string): string {
  const to = (file: string): string => relative(dirname(htmlPath(path)), file);
  const groups = menu.map(([group, entries]) => {
    const items = entries.map(([page, name]) => {
      const current = page === path ? ' aria-current="page"' : '';
      return `<li><a href="${to(htmlPath(page))}"${current}>${escaped(name)}</a></li>`;
    });
    return `<h2>${escaped(group)}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${to('site.css')}">
</head>
<body>
<nav>
${groups.join('\n')}
</nav>
<main>
${body}</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Checks the HTML itself, whatever made its links. */
function faultsOf(files: Site['files']): string[] {
  const anchors = new Map(
    [...files].map(([path, html]) => [
      path,
      new Set([...String(html).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  return [...files]
    .filter(([path]) => path.endsWith('.html'))
    .flatMap(([path, html]) =>
      [...String(html).matchAll(/ (href|src)="([^"]*)"/g)].flatMap(([, attribute, target = '']) => {
        if (/^([a-z]+:|\/\/)/.test(target))
          return attribute === 'src' ? [`${path}: loads ${target} from elsewhere`] : [];
        const [file = '', anchor] = target.split('#');
        const at = file === '' ? path : normalize(join(dirname(path), file));
        const ids = anchors.get(at);
        if (ids === undefined) return [`${path}: there is no ${at}`];
        return anchor === undefined || ids.has(anchor) ? [] : [`${path}: ${at} has no #${anchor}`];
      }),
    );
}
