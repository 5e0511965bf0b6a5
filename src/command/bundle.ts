import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

export interface BundleFile {
  readonly name: string;
  readonly content: string;
}

/**
 * Writes files into a .tar.gz that does not exist yet, readable by its owner alone. Rejects with the system's error. `files`
 * are read one at a time, so that one is in memory.
 */
export async function writeBundle(file: string, files: AsyncIterable<BundleFile>): Promise<void> {
  const archive = pack();
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  let isOwn = false;
  target.once('open', () => (isOwn = true));
  const written = pipeline(archive, createGzip(), target);
  const fill = async (): Promise<void> => {
    for await (const { name, content } of files) archive.entry({ name, mode: 0o600 }, content);
    archive.finalize();
  };
  const filled = fill().catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : undefined);
    throw error;
  });
  try {
    await Promise.all([filled, written]);
  } catch (error) {
    await Promise.allSettled([filled, written]);
    if (isOwn) await rm(file, { force: true });
    throw error;
  }
}
