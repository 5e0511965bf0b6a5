/** Counts instances with a method or getter that was used. */
export class Touches {
  #touched = new Set<object>();

  constructor(watched: { readonly prototype: object }) {
    const note = (instance: object): void => void this.#touched.add(instance);
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(watched.prototype))) {
      if (name === 'constructor') continue;
      const { get, value } = property as { readonly get?: () => unknown; readonly value?: unknown };
      if (get !== undefined) {
        const noted = function (this: object): unknown {
          note(this);
          return Reflect.apply(get, this, []);
        };
        Object.defineProperty(watched.prototype, name, { ...property, get: noted });
      } else if (typeof value === 'function') {
        const noted = function (this: object, ...given: unknown[]): unknown {
          note(this);
          return Reflect.apply(value, this, given);
        };
        Object.defineProperty(watched.prototype, name, { ...property, value: noted });
      }
    }
  }

  take(): number {
    const { size } = this.#touched;
    this.#touched = new Set();
    return size;
  }
}
