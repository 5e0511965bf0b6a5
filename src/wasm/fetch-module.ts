import { hash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { attempt, type AttemptPorts } from '../remote/attempt.ts';
import { denied } from '../remote/fetch-failure.ts';
import type { GuardedHttp } from '../remote/guarded-http.ts';
import { hasModuleMagic, moduleFromArchive } from './bounded-archive.ts';
import { diskIdentity } from './disk-identity.ts';
import { HttpSource } from './http-source.ts';
import { readManifest, type ModuleLayer } from './image-manifest.ts';
import type { Grant, ModuleCache } from './module-cache.ts';
import type { FetchRequest, FetchResult, KnownModule, RecalledModule } from './module-fetch.ts';
import { parseOciReference, type OciReference } from '../kinds/shape/oci-reference.ts';
import { RegistryClient } from './registry-client.ts';

export interface FetchPorts extends AttemptPorts {
  readonly cache: ModuleCache;
}

/**
 * Runs one attempt: asks the server whether this identity may read the module, and reads it. A module on disk saves
 * only the download. Ends in time; rejects only for a bug.
 */
export async function fetchModule(request: FetchRequest, ports: FetchPorts): Promise<FetchResult> {
  const { cache } = ports;
  const outcome = await attempt(request, moduleWords, ports, async (http, signal): Promise<FetchResult> => {
    const by: Attempt = { request, http, signal, cache };
    const { result, grant } = request.source.kind === 'image' ? await fromImage(by) : await fromUrl(by);
    if (cache.isKept) await cache.remember(await diskIdentity(request), grant);
    return result;
  });
  if (isRefusal(outcome) && cache.isKept) await cache.forget(await diskIdentity(request));
  return outcome;
}

export async function recallModule(
  request: FetchRequest,
  { cache, clock }: { readonly cache: ModuleCache; readonly clock: Clock },
): Promise<RecalledModule | undefined> {
  return cache.isKept ? cache.recall(await diskIdentity(request), clock.wallMs()) : undefined;
}

const moduleWords = { thing: 'module', option: 'wasm.allow' } as const;

/** Returns true for a result that ends a permission. Bad bytes do not end one. */
function isRefusal(result: FetchResult): boolean {
  return result.kind === 'denied' && ['place', 'unauthorized', 'absent', 'refused'].includes(result.reason);
}

interface Allowed {
  readonly result: FetchResult;
  readonly grant: Grant | undefined;
}

/** V8 is also the runtime of proxies. Types of Node.js lack WebAssembly. */
declare const WebAssembly: { validate(bytes: Uint8Array): boolean };

interface Attempt {
  readonly request: FetchRequest;
  readonly http: GuardedHttp;
  readonly signal: AbortSignal;
  readonly cache: ModuleCache;
}

async function fromImage(by: Attempt): Promise<Allowed> {
  const { request, http, signal, cache } = by;
  const { known, sha256, credentials, places, limits } = request;
  const reference = parseOciReference(request.source.url);
  if (reference === undefined) throw denied('place', 'the URL names no image');
  const isPlain = places.plainHttp.some((host) => isRegistry(host, reference));
  const client = new RegistryClient({ http, reference, credentials, isPlain, signal });
  // Registries that count pulls do not count a HEAD.
  if (known !== undefined && (await client.head()) === known.validator) return unchanged(known);

  const top = await client.manifest(reference.reference);
  const { layer, digest } = await layerOf(client, top);
  if (sha256 !== undefined && sha256 !== top.digest && sha256 !== digest)
    throw denied('digest', `the image has the digest ${top.digest}, and not the one that is asked for`);
  if (layer.size > limits.maxModuleBytes)
    throw denied('size', `the image is larger than the ${limits.maxModuleBytes} bytes that are allowed`);
  const kept = await cache.read(layer.digest);
  if (kept !== undefined) return found(layer.digest, { ...kept, validator: top.digest }, 'disk');
  const blob = await client.blob(layer.digest, limits.maxModuleBytes);
  const module = await moduleIn(blob, by);
  await cache.write(layer.digest, module);
  return found(layer.digest, { ...module, validator: top.digest }, 'network');
}

async function layerOf(
  client: RegistryClient,
  top: { readonly text: string; readonly digest: string },
): Promise<{ readonly layer: ModuleLayer; readonly digest: string }> {
  let { text, digest } = top;
  let read = readManifest(text);
  if (read.kind === 'index') {
    ({ text, digest } = await client.manifest(`sha256:${read.digest}`));
    read = readManifest(text);
  }
  if (read.kind === 'layer') return { layer: read.layer, digest };
  throw denied(
    'content',
    `the image is none of a module: ${read.kind === 'none' ? read.problem : 'an index in an index'}`,
  );
}

async function fromUrl(by: Attempt): Promise<Allowed> {
  const { request, http, signal, cache } = by;
  const { known, sha256, credentials, limits } = request;
  const url = URL.canParse(request.source.url) ? new URL(request.source.url) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw denied('place', 'the URL is not of HTTP');
  const source = new HttpSource({ http, url, credentials, signal });
  if (known === undefined && sha256 !== undefined) {
    const kept = await cache.read(sha256);
    if (kept !== undefined && (await source.mayRead()))
      return found(sha256, { ...kept, validator: '' }, 'disk');
  }
  const read = await source.read(known, limits.maxModuleBytes);
  if (read === undefined) return known === undefined ? bug('304 without a question') : unchanged(known);
  const { validator } = read;
  const module = await moduleIn(read.bytes, by);
  if (sha256 !== undefined && sha256 !== read.sha256 && sha256 !== module.sha256)
    throw denied('digest', `the file has the digest ${read.sha256}, and not the one that is asked for`);
  if (module.sha256 === known?.sha256) return unchanged({ ...known, validator });
  const key = sha256 ?? module.sha256;
  await cache.write(key, module);
  return found(key, { ...module, validator }, 'network');
}

async function moduleIn(
  packed: Uint8Array,
  { request, signal }: Attempt,
): Promise<{ readonly sha256: string; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const { maxModuleBytes } = request.limits;
  const file = request.source.kind === 'image' ? 'plugin.wasm' : 'first';
  const bytes = await moduleFromArchive(packed, { maxModuleBytes, file, signal });
  // A bad module would be found only by Envoy, in every proxy of the Gateway.
  if (!hasModuleMagic(bytes) || !WebAssembly.validate(bytes))
    throw denied('content', 'what was fetched is no sound WASM module');
  return { sha256: hash('sha256', bytes, 'hex'), bytes };
}

function found(
  source: string,
  { sha256, bytes, validator }: { sha256: string; bytes: Uint8Array; validator: string },
  from: 'disk' | 'network',
): Allowed {
  const module: KnownModule = { sha256, size: bytes.length, validator };
  return { result: { kind: 'allowed', module, from, bytes }, grant: { source, sha256, validator } };
}

function unchanged(module: KnownModule): Allowed {
  return { result: { kind: 'allowed', module, from: 'known', bytes: undefined }, grant: undefined };
}

function bug(message: string): never {
  throw new Error(`assertion failed: ${message}`);
}

/** `HOST` stands for all its ports. */
function isRegistry(host: string, { registry }: OciReference): boolean {
  const name = host.toLowerCase();
  return name === registry || name === registry.replace(/:\d+$/, '');
}
