import type { TestNamespace } from '../test-namespace.ts';
import { look, type Looked } from './sluice-figures.ts';

/** A stretch of the load with one state of the registry. */
export interface Span {
  readonly registry: string;
  readonly before: Looked;
  readonly after: Looked;
  readonly lateMs: number;
}

export class Spans {
  readonly done: Span[] = [];
  readonly #ns: TestNamespace;
  #before: Looked;
  #lateMs = 0;

  private constructor(ns: TestNamespace, before: Looked) {
    this.#ns = ns;
    this.#before = before;
  }

  static async begin(ns: TestNamespace): Promise<Spans> {
    return new Spans(ns, await look(ns.kube));
  }

  /** Call it often: a timer's delay counts since the last call. */
  async sample(): Promise<Looked> {
    const looked = await look(this.#ns.kube);
    this.#lateMs = Math.max(this.#lateMs, looked.lateMs);
    return looked;
  }

  async end(registry: string): Promise<void> {
    const after = await this.sample();
    this.done.push({ registry, before: this.#before, after, lateMs: this.#lateMs });
    this.#before = after;
    this.#lateMs = 0;
  }
}
