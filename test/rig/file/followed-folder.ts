import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSource, type FileSourceOptions } from '../../../src/file/file-source.ts';
import type { RowChange } from '../../../src/kinds/row.ts';
import { systemClock } from '../../../src/lib/clock.ts';

/** A folder of manifests that a FileSource follows, and another one beside it. */
export class FollowedFolder {
  source!: FileSource;
  /** Callbacks of the source, in order: log lines and changes such as `put Service/default/a`. */
  readonly calls: string[] = [];
  changes: RowChange[] = [];
  readonly path: string;
  readonly outside: string;
  #waiting: (() => void)[] = [];

  private constructor(path: string, outside: string) {
    this.path = path;
    this.outside = outside;
  }

  static async made(): Promise<FollowedFolder> {
    return new FollowedFolder(
      await mkdtemp(join(tmpdir(), 'sluice-file-')),
      await mkdtemp(join(tmpdir(), 'sluice-outside-')),
    );
  }

  /** Follows the folder by a new source; `changes` begin anew. */
  async start(options: Partial<FileSourceOptions> = {}): Promise<void> {
    this.changes = [];
    const level = (name: string) => (_fields: object, message: string) => this.#call(`${name} ${message}`);
    this.source = new FileSource(
      { directory: this.path, ...options },
      {
        log: { info: level('info'), warn: level('warn'), error: level('error') },
        clock: systemClock,
        onChanges: (all) => {
          this.changes.push(...all);
          for (const change of all)
            this.#call(`${change.kind} ${change.kind === 'put' ? change.row.key : change.key}`);
        },
      },
    );
    await this.source.start();
  }

  join(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, ...documents: readonly string[]): Promise<void> {
    await mkdir(this.join(join(name, '..')), { recursive: true });
    await writeFile(this.join(name), documents.join(''));
  }

  /** Waits until the line has come so often; vitest's own deadline ends a wait in vain. */
  async until(line: string | RegExp, times = 1): Promise<void> {
    const matches = (entry: string) => (typeof line === 'string' ? entry === line : line.test(entry));
    while (this.calls.filter(matches).length < times) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  async close(): Promise<void> {
    await this.source.close();
    await rm(this.path, { recursive: true });
    await rm(this.outside, { recursive: true });
  }

  #call(line: string): void {
    this.calls.push(line);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Manifest of a Service, eight lines long. */
export function service(name: string, port = 80): string {
  return `---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
    - port: ${port}
`;
}
