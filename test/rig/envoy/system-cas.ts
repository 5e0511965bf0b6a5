import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { UnitOutput } from '../../../src/batch/outcome.ts';
import { assert } from '../../../src/lib/assert.ts';
import { contentHash } from '../../../src/lib/hash.ts';
import { systemAuthorities } from '../../../src/translate/envoy/system-authorities.ts';

const path = systemAuthorities.specifier.value;

/** A file that stands for the CAs of the proxy's system, which a test must not change. */
export class SystemCas {
  readonly #file: string;

  constructor(...certificates: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'ca-'));
    // As long as the path that it replaces: a message has the length of each text before it.
    this.#file = `${folder}${'cas'.padStart(path.length - folder.length, '/')}`;
    assert(this.#file.length === path.length, 'a short path of the folder for temporary files');
    writeFileSync(this.#file, certificates.join(''));
  }

  /** For `tamper` of a rig. Changes the path alone. */
  readonly put = (output: UnitOutput): UnitOutput => ({
    ...output,
    resources: output.resources.map((resource) => {
      const at = Buffer.from(resource.bytes).indexOf(path);
      if (at < 0) return resource;
      const bytes = Buffer.from(resource.bytes);
      bytes.write(this.#file, at);
      return { ...resource, bytes, version: contentHash(bytes) };
    }),
  });

  close(): void {
    rmSync(dirname(this.#file), { recursive: true });
  }
}
