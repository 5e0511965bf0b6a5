import type { Builder } from 'flatbuffers';
import type { Arena } from './arena.ts';

/**
 * Structs of one kind for a flat buffer, as 32-bit words in the field order of `proto/batch.fbs`. A Span is two words; a
 * single byte is one, since the next field is aligned.
 */
export class StructRows {
  readonly #size: number;
  readonly #text: Arena;
  readonly #data: Arena;
  readonly #words: number[] = [];

  constructor(size: number, text: Arena, data: Arena) {
    this.#size = size;
    this.#text = text;
    this.#data = data;
  }

  clear(): void {
    this.#words.length = 0;
  }

  addNumber(value: number): void {
    this.#words.push(value);
  }

  addText(text: string): void {
    const offset = this.#text.end;
    this.#words.push(offset, this.#text.addText(text));
  }

  addBytes(bytes: Uint8Array): void {
    const offset = this.#data.end;
    this.#words.push(offset, this.#data.addBytes(bytes));
  }

  /** Writes the vector and returns its offset. A buffer is written from its end, so the last word comes first. */
  vector(builder: Builder): number {
    const words = this.#words;
    builder.startVector(this.#size, (words.length * bytesPerWord) / this.#size, bytesPerWord);
    for (let i = words.length - 1; i >= 0; i--) builder.writeInt32(words[i] ?? 0);
    return builder.endVector();
  }
}

const bytesPerWord = 4;
