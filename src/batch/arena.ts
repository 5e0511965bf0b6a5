/** Grows at the end and gives each piece by offset and length. Reused from batch to batch. */
export class Arena {
  #buffer = Buffer.allocUnsafeSlow(16 * 1024);
  #end = 0;

  get end(): number {
    return this.#end;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = 0;
  }

  addText(text: string): number {
    this.#reserve(text.length * 3);
    const length = this.#buffer.write(text, this.#end);
    this.#end += length;
    return length;
  }

  addBytes(bytes: Uint8Array): number {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
    return bytes.length;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#end + length));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}
