import { Fault } from './fault.ts';

/** More than any object of an API server, as for a line of a watch. */
const maxItemBytes = 4 * 1024 * 1024;

const maxFrameBytes = 64 * 1024;

/** Bytes looked at before a bracket to find the key `items`: the frame is not read again for each bracket. */
const longestKey = 64;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Cuts the body of a list into its items, as bytes. A page of 500 objects may be 15 MB; parsed as one text it would
 * hold the main thread for 100 ms and more.
 * Follows only strings and brackets: broken JSON may give broken items, which their parser rejects.
 */
export class ItemSplitter {
  #frame: Buffer[] = [];
  #frameBytes = 0;
  #item: Buffer[] = [];
  #itemBytes = 0;
  #depth = 0;
  #inItems = false;
  #inString = false;
  #escaped = false;

  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
        continue;
      }
      if (byte === quote) this.#inString = true;
      else if (byte === openBrace || byte === openBracket) {
        this.#depth++;
        if (byte === openBracket && this.#depth === 2) {
          this.#keepFrame(chunk.subarray(start, at + 1));
          start = at + 1;
          this.#inItems = this.#frameEndsInItems();
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth--;
        if (!this.#inItems || this.#depth > 1) continue;
        yield* this.#endItem(chunk.subarray(start, at));
        start = at;
        this.#inItems = false;
      } else if (byte === comma && this.#inItems && this.#depth === 2) {
        yield* this.#endItem(chunk.subarray(start, at));
        start = at + 1;
      }
    }
    const rest = chunk.subarray(start);
    if (this.#inItems) this.#keepItem(rest);
    else this.#keepFrame(rest);
  }

  end(): Buffer | undefined {
    return this.#depth === 0 && !this.#inString ? Buffer.concat(this.#frame) : undefined;
  }

  *#endItem(last: Buffer): Generator<Buffer> {
    this.#keepItem(last);
    const item = Buffer.concat(this.#item);
    this.#item = [];
    this.#itemBytes = 0;
    if (item.some((byte) => byte > 0x20)) yield item;
  }

  #keepItem(piece: Buffer): void {
    this.#itemBytes += piece.length;
    if (this.#itemBytes > maxItemBytes)
      throw new Fault('garbled', `an item of the list is longer than ${maxItemBytes} bytes`);
    if (piece.length > 0) this.#item.push(piece);
  }

  #keepFrame(piece: Buffer): void {
    this.#frameBytes += piece.length;
    if (this.#frameBytes > maxFrameBytes)
      throw new Fault('garbled', `the list has more than ${maxFrameBytes} bytes around its items`);
    if (piece.length > 0) this.#frame.push(piece);
  }

  #frameEndsInItems(): boolean {
    let end = '';
    for (let i = this.#frame.length - 1; i >= 0 && end.length < longestKey; i--)
      end = `${this.#frame[i]?.subarray(-longestKey).toString('latin1')}${end}`;
    return /(?<!\\)"items"\s*:\s*\[$/.test(end.slice(-longestKey));
  }
}
