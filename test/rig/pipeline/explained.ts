import type { RequestExplanation } from '../../../src/explain/answer.ts';
import { inForceBy, type Ask } from '../../../src/explain/asked.ts';
import { explainObject, type ObjectExplanation } from '../../../src/explain/explain-object.ts';
import { explainRequest } from '../../../src/explain/explain-request.ts';
import { readRequest } from '../../../src/explain/request.ts';
import { must } from '../../../src/lib/assert.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Controller } from '../../../src/run/controller.ts';
import { inForcePages } from '../../../src/run/in-force/pages.ts';

/** Asks the pages of a controller in this process, and notes how many items each has given. */
export class Explained {
  readonly items = new Map<string, number>();
  readonly #controller: Controller;
  readonly #clock: Clock;

  constructor({ controller, clock }: { readonly controller: Controller; readonly clock: Clock }) {
    this.#controller = controller;
    this.#clock = clock;
  }

  request(
    url: string,
    options: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<RequestExplanation> {
    const { method = 'GET', headers = {} } = options;
    const read = readRequest(
      url,
      method,
      Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    );
    if (read.kind === 'invalid') throw new Error(read.message);
    return explainRequest(inForceBy(this.#ask), url, read.request, undefined);
  }

  object(name: string): Promise<ObjectExplanation | undefined> {
    return explainObject(inForceBy(this.#ask), name);
  }

  readonly #ask: Ask = async (page, query) => {
    const pages = inForcePages(this.#controller, this.#clock);
    // JSON, as over HTTP.
    const answer: unknown[] = JSON.parse(
      JSON.stringify([...must(pages.get(page), page)(new URLSearchParams(query.map((pair) => [...pair])))]),
    );
    this.items.set(page, (this.items.get(page) ?? 0) + answer.length);
    return answer;
  };
}
