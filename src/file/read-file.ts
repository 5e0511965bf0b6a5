import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { failureText } from '../lib/failure.ts';
import { isInside, stampOf } from './list-folder.ts';

export type FileContent =
  | {
      readonly kind: 'read';
      readonly bytes: Buffer;
      /** Taken before the first byte was read. */
      readonly stamp: string;
      /** The file was written meanwhile, so the bytes may be incomplete. */
      readonly isChanging: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads a regular file of at most `maxBytes` inside `root`, given by real paths. Never throws, and never waits, as for
 * the writer of a pipe. A user may replace the file by a link at any time, so it is opened first, and then compared
 * with the file at the path.
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
    if (there.ino !== before.ino || there.dev !== before.dev) return { kind: 'missing' };
    if (before.size > maxBytes) return { kind: 'refused', message: tooLarge(maxBytes) };
    const bytes = await readUpTo(file, Number(before.size), maxBytes);
    if (bytes === undefined) return { kind: 'refused', message: tooLarge(maxBytes) };
    const after = await file.stat({ bigint: true });
    const stamp = stampOf(before);
    const isChanging = stampOf(after) !== stamp || bytes.length !== Number(before.size);
    return { kind: 'read', bytes, stamp, isChanging };
  } catch (error) {
    const code = failureText(error);
    // ELOOP: it has become a symbolic link, which the next scan follows.
    if (code === 'ENOENT' || code === 'ELOOP') return { kind: 'missing' };
    return { kind: 'refused', message: `cannot be read: ${code}` };
  } finally {
    await file?.close();
  }
}

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
