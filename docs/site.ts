import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderSite, sitePages } from './render-site.ts';

// `npm run docs` writes the site into a folder that git ignores.
const root = dirname(import.meta.dirname);
const out = join(root, '.cache/site');
const { files, faults } = renderSite(root, sitePages(root));
rmSync(out, { recursive: true, force: true });
for (const [path, text] of files) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
}
for (const fault of faults) process.stderr.write(`docs: ${fault}\n`);
process.stdout.write(`docs: ${files.size} files in .cache/site, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
