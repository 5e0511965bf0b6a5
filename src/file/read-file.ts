import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { failureText } from '../lib/failure.ts';
import { isInside, stampOf } from './list-folder.ts';

export type FileContent =
  | {
      readonly kind: 'read';
      readonly bytes: Buffer;
      /** As it was before the first byte was read. */
      readonly stamp: string;
      /** Somebody wrote to the file meanwhile, so this may be half of something. */
      readonly changing: boolean;
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads a regular file of at most `maxBytes` inside `root`, given by real paths. Never throws and never waits for a
 * writer, as it would on a pipe.
 *
 * Whoever writes the folder may swap a file for a link between our look at it and our reading. So the file is opened
 * first, and only then it is asked what it is, and whether a path inside the folder leads to this very file.
 */
export async function readInside(root: string, path: string, maxBytes: number): Promise<FileContent> {
  let file: FileHandle | undefined;
  try {
    // eslint-disable-next-line no-bitwise
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) return { kind: 'refused', message: 'is not a regular file and is not read' };
    const real = await realpath(path);
    const there = await stat(real, { bigint: true });
    if (!isInside(root, real)) return { kind: 'refused', message: 'leads out of the folder and is not read' };
    if (there.ino !== before.ino || there.dev !== before.dev) return { kind: 'gone' };
    if (before.size > maxBytes) return { kind: 'refused', message: tooLarge(maxBytes) };
    const bytes = await readUpTo(file, Number(before.size), maxBytes);
    if (bytes === undefined) return { kind: 'refused', message: tooLarge(maxBytes) };
    const after = await file.stat({ bigint: true });
    const stamp = stampOf(before);
    const changing = stampOf(after) !== stamp || bytes.length !== Number(before.size);
    return { kind: 'read', bytes, stamp, changing };
  } catch (error) {
    const code = failureText(error);
    // ELOOP: it has become a symbolic link; the next look at the folder follows it properly.
    if (code === 'ENOENT' || code === 'ELOOP') return { kind: 'gone' };
    return { kind: 'refused', message: `cannot be read: ${code}` };
  } finally {
    await file?.close();
  }
}

/** The whole file, or undefined when it has grown over the limit. */
async function readUpTo(file: FileHandle, size: number, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(Math.max(size - length, 0) + 1);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (length > maxBytes) return undefined;
  }
}

function tooLarge(maxBytes: number): string {
  return `is larger than ${maxBytes} bytes and is not read`;
}
