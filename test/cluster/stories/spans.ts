import type { TestNamespace } from '../test-namespace.ts';
import { look, type Looked } from './sluice-figures.ts';

/** A stretch of the load with one state of the registry. */
export interface Span {
  readonly registry: string;
  readonly before: Looked;
  readonly after: Looked;
}

export class Spans {
  readonly done: Span[] = [];
  readonly #ns: TestNamespace;
  #before: Looked;

  private constructor(ns: TestNamespace, before: Looked) {
    this.#ns = ns;
    this.#before = before;
  }

  static async begin(ns: TestNamespace): Promise<Spans> {
    return new Spans(ns, await look(ns.kube));
  }

  async end(registry: string): Promise<void> {
    const after = await look(this.#ns.kube);
    this.done.push({ registry, before: this.#before, after });
    this.#before = after;
  }
}
