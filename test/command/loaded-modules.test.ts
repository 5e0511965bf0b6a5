import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** Prints each module that is loaded on standard error. */
const hook = `import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => (process.stderr.write('loaded ' + url + '\\n'), next(url, context)) });`;

/** Nothing listens there: the command ends after it has asked. */
const nowhere = ['--admin', 'http://127.0.0.1:1024'];

async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, 'src/main.ts', ...args],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const lines = (await text(child.stderr)).split('\n');
  return lines.filter((line) => line.startsWith('loaded file:'));
}

function packages(modules: readonly string[]): readonly string[] {
  return [
    ...new Set(modules.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])),
  ].sort();
}

// Loading modules is most of the time of a command: about half a millisecond each.
test.each([
  { command: ['status', ...nowhere], most: 60, of: [] },
  { command: ['proxies', '--wrong', ...nowhere], most: 60, of: [] },
  { command: ['get', 'routes', ...nowhere], most: 60, of: [] },
  { command: ['explain', 'http://shop.test/', ...nowhere], most: 90, of: ['re2js'] },
])('a command that asks this machine loads what it needs: $command.0', async ({ command, most, of }) => {
  const loaded = await loadedBy(command);
  expect(packages(loaded)).toEqual(of);
  expect(loaded.length).toBeGreaterThan(10);
  expect(loaded.length).toBeLessThan(most);
});

test('translate loads no server, no threads and no client of a cluster', async () => {
  const loaded = packages(await loadedBy(['translate', 'examples/quickstart']));
  expect(loaded).toContain('zod');
  for (const server of ['@grpc/grpc-js', 'piscina', 'undici', '@kubernetes/client-node'])
    expect(loaded).not.toContain(server);
});
