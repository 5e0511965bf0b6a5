import type { Arena } from './arena.ts';

/** Offsets and lengths of pieces of one arena, in the order of addition: two numbers each. */
export class Spans {
  readonly #arena: Arena;
  readonly #numbers: number[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get length(): number {
    return this.#numbers.length / 2;
  }

  offset(index: number): number {
    return this.#numbers[index * 2] ?? 0;
  }

  size(index: number): number {
    return this.#numbers[index * 2 + 1] ?? 0;
  }

  clear(): void {
    this.#numbers.length = 0;
  }

  addText(text: string): void {
    const offset = this.#arena.end;
    this.#numbers.push(offset, this.#arena.addText(text));
  }

  addBytes(bytes: Uint8Array): void {
    const offset = this.#arena.end;
    this.#numbers.push(offset, this.#arena.addBytes(bytes));
  }
}
