import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from './limits.ts';
import { readManifests, type ReadManifests } from './read-manifests.ts';

/** Name of the input in problems. */
const name = 'standard-input';

/**
 * Reads manifests from a stream by the rules of a file, and calls `use`. The text is in a private folder until `use` is
 * done, as places are found in it.
 */
export async function withStandardInput<T>(
  stream: AsyncIterable<Buffer | string>,
  use: (manifests: ReadManifests) => Promise<T>,
): Promise<T> {
  const text = await read(stream);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
  try {
    const isJson = /^\s*\{/.test(text.subarray(0, 1024).toString());
    const file = join(folder, isJson ? `${name}.json` : name);
    await writeFile(file, text, { mode: 0o600 });
    return await use(await readManifests(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Keeps a little more than a file may have, so that the reader of files names what is too large. */
async function read(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (bytes <= defaultLimits.maxFileBytes) chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
  }
  return Buffer.concat(chunks);
}
