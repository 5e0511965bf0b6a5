import { basename } from 'node:path/posix';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { joinBytes } from '../lib/own-bytes.ts';
import { denied, FetchFailure } from '../remote/fetch-failure.ts';

export interface ArchiveLimits {
  readonly maxModuleBytes: number;
  /** Name of the module in a tar archive: an image holds other files too. */
  readonly file: 'plugin.wasm' | 'first';
  readonly signal: AbortSignal;
}

/** Bound of the content of an archive, as a multiple of the largest module. */
const maxContentModules = 4;

/** Real modules shrink to a third; only bombs shrink to this. */
const maxRatio = 200;

const maxEntries = 1000;

/**
 * Returns the module in a fetched file: itself, gzipped, or in a tar archive, gzipped or not. Memory is bounded
 * whatever the archive claims: it is unpacked in pieces, nothing is allocated for a claimed size, and the first
 * exceeded limit ends it. Throws a FetchFailure.
 */
export async function moduleFromArchive(
  packed: Uint8Array,
  limits: ArchiveLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGzip(packed)) return moduleFrom(oncePiece(packed), limits);
  const gunzip = createGunzip();
  // The iteration throws errors; one after its end has no meaning.
  gunzip.on('error', () => {});
  gunzip.end(packed);
  try {
    return await moduleFrom(bounded(gunzip, packed.length, limits), limits);
  } catch (error) {
    if (error instanceof FetchFailure) throw error;
    throw denied(
      'content',
      `the archive cannot be read (${error instanceof Error ? error.message : 'broken'})`,
    );
  } finally {
    gunzip.destroy();
  }
}

/** Returns true for a core module of version 1, which proxies run. Does not validate the rest. */
export function hasModuleMagic(bytes: Uint8Array): boolean {
  return moduleMagic.every((byte, i) => bytes[i] === byte);
}

const moduleMagic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

// oxlint-disable-next-line typescript/require-await
async function* oncePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* bounded(
  pieces: AsyncIterable<Uint8Array>,
  packedBytes: number,
  { maxModuleBytes, signal }: ArchiveLimits,
): AsyncGenerator<Uint8Array> {
  const maxBytes = maxContentModules * maxModuleBytes;
  const maxByRatio = Math.max(maxRatio * packedBytes, 1024 * 1024);
  let bytes = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    bytes += piece.length;
    if (bytes > maxBytes) throw denied('size', `the archive holds more than ${maxBytes} bytes`);
    if (bytes > maxByRatio)
      throw denied('size', `the archive holds more than ${maxRatio} times its own size`);
    yield piece;
  }
}

async function moduleFrom(
  pieces: AsyncGenerator<Uint8Array>,
  limits: ArchiveLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  let head: Uint8Array = new Uint8Array();
  while (head.length < moduleMagic.length) {
    const next = await pieces.next();
    if (next.done === true)
      throw denied('content', 'there is no WASM module in what was fetched: it is too short');
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  if (isGzip(head))
    throw denied('content', 'there is no WASM module in what was fetched, but an archive in an archive');
  return hasModuleMagic(head)
    ? gathered(head, pieces, limits.maxModuleBytes)
    : moduleFromTar(head, pieces, limits);
}

async function gathered(
  head: Uint8Array | undefined,
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const all = head === undefined ? [] : [head];
  let bytes = head?.length ?? 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    all.push(piece);
  }
  if (bytes > maxBytes) throw tooLarge(maxBytes);
  return joinBytes(all);
}

async function moduleFromTar(
  head: Uint8Array,
  pieces: AsyncIterable<Uint8Array>,
  { maxModuleBytes: maxBytes, file }: ArchiveLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const tar = extract();
  // The iteration throws errors; one after its end has no meaning.
  tar.on('error', () => {});
  const feeding = feed(tar, head, pieces);
  try {
    let entries = 0;
    for await (const entry of tar) {
      const { name, size, type } = entry.header;
      if (++entries > maxEntries) throw denied('size', `the archive holds more than ${maxEntries} files`);
      const isFile = type === 'file' || type === 'contiguous-file';
      if (!isFile || (file !== 'first' && basename(name) !== file)) {
        entry.resume();
        continue;
      }
      if (size > maxBytes) throw tooLarge(maxBytes);
      return await gathered(undefined, entry as AsyncIterable<Uint8Array>, maxBytes);
    }
  } catch (error) {
    if (error instanceof FetchFailure) throw error;
    const text = error instanceof Error ? error.message : 'broken';
    throw denied(
      'content',
      `there is no WASM module in what was fetched, nor an archive that can be read (${text})`,
    );
  } finally {
    tar.destroy(null);
    await feeding;
  }
  throw denied('content', `the archive holds no ${file === 'first' ? 'file' : file}`);
}

/** Never rejects: errors of the pieces go to the reader of the archive. */
async function feed(
  tar: ReturnType<typeof extract>,
  head: Uint8Array,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    await write(tar, head);
    for await (const piece of pieces) {
      if (tar.destroyed) return;
      await write(tar, piece);
    }
    tar.end(null);
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error('broken'));
  }
}

async function write(tar: ReturnType<typeof extract>, piece: Uint8Array): Promise<void> {
  if (tar.write(piece) || tar.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const go = (): void => resolve();
  tar.on('drain', go).on('close', go);
  await promise;
  tar.off('drain', go).off('close', go);
}

function tooLarge(maxBytes: number): FetchFailure {
  return denied('size', `the module is larger than the ${maxBytes} bytes that are allowed`);
}
